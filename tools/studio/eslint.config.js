// The page runs in browsers alone, the tests in Node; tsc knows which names exist.
export default [
  {
    ignores: ["tools/studio/node_modules/"],
  },
  {
    files: ["crates/relumine-studio/page/*.js", "tools/studio/**/*.js", "tools/studio/**/*.mjs"],
    languageOptions: { ecmaVersion: 2024, sourceType: "module" },
    rules: {
      "consistent-return": "error",
      "default-case-last": "error",
      eqeqeq: "error",
      "no-console": "error",
      "no-constant-condition": "error",
      "no-dupe-keys": "error",
      "no-eval": "error",
      "no-implied-eval": "error",
      "no-param-reassign": ["error", { props: false }],
      "no-shadow": "error",
      "no-unreachable": "error",
      "no-unused-expressions": "error",
      "no-unused-vars": "error",
      "no-use-before-define": ["error", { functions: false, classes: false, variables: false }],
      "no-var": "error",
      "object-shorthand": "error",
      "prefer-const": "error",
      "require-atomic-updates": "off",
    },
  },
  {
    files: ["tools/studio/pictures.mjs"],
    rules: { "no-console": "off" },
  },
];
