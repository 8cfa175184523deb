use clap::{Arg, Command};

use super::*;

fn words(text: &str) -> Vec<OsString> {
    text.split_whitespace().map(Into::into).collect()
}

/// What the command line comes to, but for where presets are read and written.
fn told(cli: &Cli) -> String {
    let told = format!("{:#?}", cli.command);
    let lines: Vec<_> = told.lines().collect();
    let at = lines.iter().position(|line| line.contains("PresetArgs {")).expect("it takes presets");
    let end = at + lines[at..].iter().position(|line| line.trim() == "},").expect("a struct ends");
    [&lines[..at], &lines[end..]].concat().join("\n")
}

/// Values to try on options: whatever they mean, one of these suits.
const SAMPLES: [&str; 13] = [
    "relu1_1,relu2_1",
    "#102030=#405060",
    "#102030",
    "0.25",
    "7",
    "building=mountain",
    "sky=0.5",
    "sky",
    "jpg",
    "content",
    "colour",
    "nets/a b.pth",
    "develop {input} {output}",
];

/// The option with some value that is not its default, as a word.
fn sample(base: &str, key: &str, arg: &Arg) -> OsString {
    if !arg.get_action().takes_values() {
        return format!("--{key}").into();
    }
    let possible = arg.get_possible_values();
    let default = arg.get_default_values().first().map(|value| value.to_string_lossy().into_owned());
    let named = possible.iter().map(|value| value.get_name());
    let other = named.chain(SAMPLES).filter(|value| default.as_deref() != Some(value));
    let word = |value: &str| -> OsString { format!("--{key}={value}").into() };
    let suits = |word: &OsString| {
        let mut all = words(base);
        all.push(word.clone());
        args::command().try_get_matches_from(all).is_ok()
    };
    other.map(word).find(suits).unwrap_or_else(|| panic!("no sample suits --{key}"))
}

fn round_trip(base: &str, least: usize) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("all.toml");
    let with = |flag: &str, more: &[OsString]| {
        let mut all = words(base);
        all.extend(more.iter().cloned());
        all.extend([flag.into(), file.clone().into_os_string()]);
        parse(all)
    };
    let whole = args::command();
    let command: &Command = whole.find_subcommand(&words(base)[1]).unwrap();
    // What another excludes is left out of those that are given at once.
    let mut given: Vec<OsString> = Vec::new();
    let mut keys_given = Vec::new();
    for (key, arg) in keys::of(command) {
        let word = sample(base, key, arg);
        let all = [words(base), given.clone(), vec![word.clone()]].concat();
        if args::command().try_get_matches_from(all).is_ok() {
            given.push(word);
            keys_given.push(key);
        }
    }
    assert!(keys_given.len() >= least, "{keys_given:?}");
    let (cli, written) = with("--write-preset", &given).unwrap();
    written.write().unwrap();
    let text = std::fs::read_to_string(&file).unwrap();
    for key in keys_given {
        assert!(text.lines().any(|line| line.starts_with(&format!("{key} = "))), "{key} in {text}");
    }
    let (again, presets) = with("--preset", &[]).unwrap();
    assert_eq!(told(&again), told(&cli), "{text}");
    assert!(presets.unused.is_empty());
}

#[test]
fn all_options_that_are_written_are_read_again() {
    round_trip("relumine transfer a.png b.png -o c.png", 30);
    round_trip("relumine learn a.png b.png -o c.look", 25);
    round_trip("relumine lut a.png b.png -o c.cube", 30);
    round_trip("relumine apply a.look b.png -o c.png", 10);
}

fn read(text: &str, given: &str) -> Result<(Cli, Presets)> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("warm.toml");
    std::fs::write(&file, text).unwrap();
    let base = format!("relumine -q {given} --preset {}", file.display());
    parse(words(&base))
}

fn refused(text: &str) -> String {
    let error = read(text, "transfer a.png b.png -o c.png").unwrap_err();
    assert!(error.is::<Misuse>(), "{error}");
    let line = failure::one_line(&error);
    line[line.find("warm.toml").unwrap()..].to_owned()
}

#[test]
fn what_is_given_beside_it_wins() {
    let preset = "method = 'grade'\nstrength = 0.7\nstyle-layers = ['relu1_1', 'relu2_1']\n";
    let given = "transfer a.png b.png -o c.png --strength 0.2 --style-layers relu5_1";
    let (cli, _) = read(preset, given).unwrap();
    let expected = format!("relumine {given} --method grade");
    assert_eq!(told(&cli), told(&parse(words(&expected)).unwrap().0));
    // What it excludes is not taken either.
    let (cli, _) = read("one = true\nname = '{n}.{ext}'\n", "apply a.look b.png -o c --resolve").unwrap();
    let expected = "relumine apply a.look b.png -o c --resolve --name {n}.{ext}";
    assert_eq!(told(&cli), told(&parse(words(expected)).unwrap().0));
}

#[test]
fn options_of_other_commands_are_named_and_left_out() {
    let (cli, presets) = read("method = 'grade'\nstrength = 0.7\n", "apply a.look b.png -o c").unwrap();
    assert_eq!(presets.unused, ["method"]);
    let expected = "relumine apply a.look b.png -o c --strength 0.7";
    assert_eq!(told(&cli), told(&parse(words(expected)).unwrap().0));
}

#[test]
fn what_is_wrong_is_said_with_its_line() {
    for (text, expected) in [
        ("\nstrenght = 0.7\n", "warm.toml, line 2: there is no option strenght; did you mean strength?"),
        (
            "style_weight = 1\n",
            "warm.toml, line 1: there is no option style_weight; did you mean style-weight?",
        ),
        ("wombat = 1\n", "warm.toml, line 1: there is no option wombat; see `relumine transfer --help`"),
        ("output = 'a.png'\n", "warm.toml, line 1: output is of one run, and no option of a preset"),
        ("size = 1\nmethod = 'none'\n", "warm.toml, line 2: invalid value 'none' for '--method <METHOD>'"),
        (
            "masks = ['auto', 'none']\n",
            "warm.toml, line 1: the argument '--masks <MASKS>' cannot be used multiple",
        ),
        ("size = 1.5\n", "warm.toml, line 1: invalid value '1.5' for '--size <PIXELS>'"),
        ("progressive = 1\n", "warm.toml, line 1: progressive is a switch, which is true or false"),
        ("[look]\nstrength = 1\n", "warm.toml, line 1: there is no option look"),
        ("size = { a = 1 }\n", "warm.toml, line 1: size cannot be a table"),
        ("size = \n", "warm.toml, line 1: "),
        ("size = 1\nsize = 2\n", "warm.toml, line 2: duplicate key"),
    ] {
        let line = refused(text);
        assert!(line.starts_with(expected), "{line}");
    }
    // What the library finds is said with its line too.
    let (_, presets) = read("\n\nstrength = 2\n", "transfer a.png b.png -o c.png").unwrap();
    let mut options = relumine::TransferOptions::default();
    options.apply.strength = 2.0;
    let error = presets.blamed(options.check().map_err(Error::from).unwrap_err().into());
    assert!(
        failure::one_line(&error)
            .ends_with("warm.toml, line 3: --strength is 2, but must be between 0 and 1")
    );
}
