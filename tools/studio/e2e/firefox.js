/** Firefox, driven by its own protocol (Marionette): just what tests and pictures of the studio need. */

import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

const BROWSER = process.env.FIREFOX ?? "/usr/bin/firefox-esr";
/** WebGL by the machine's software GL where there is no other; a free port; nothing is asked of the network. */
const PREFERENCES = {
  "marionette.port": 0,
  "webgl.force-enabled": true,
  "webgl.forbid-software": false,
  "app.update.enabled": false,
  "browser.shell.checkDefaultBrowser": false,
  "datareporting.policy.dataSubmissionEnabled": false,
  "toolkit.telemetry.enabled": false,
  "network.captive-portal-service.enabled": false,
  "network.connectivity-service.enabled": false,
};
/** Milliseconds that a script may take: a look is solved meanwhile. */
const PATIENCE = 180_000;

/** Why it cannot be had, or false. */
export const noFirefox = existsSync(BROWSER) ? false : `there is no browser at ${BROWSER}`;

export class Firefox {
  /** Answers that are waited for, by number. @type {Map<number, [(value: any) => void, (error: Error) => void]>} */
  waiting = new Map();
  asked = 0;
  heard = Buffer.alloc(0);

  /**
   * @param {string} address
   * @param {{ width: number, height: number }} viewport
   */
  static async open(address, viewport) {
    const firefox = new Firefox();
    firefox.profile = await mkdtemp(join(tmpdir(), "relumine-firefox-"));
    const lines = Object.entries(PREFERENCES).map(([name, value]) => `user_pref("${name}", ${value});\n`);
    await writeFile(join(firefox.profile, "user.js"), lines.join(""));
    const options = ["--headless", "--no-remote", "--marionette", "--profile", firefox.profile];
    firefox.child = spawn(BROWSER, options, { stdio: "ignore" });
    await firefox.join();
    await firefox.send("WebDriver:NewSession", {});
    await firefox.send("WebDriver:SetTimeouts", { script: PATIENCE });
    await firefox.send("WebDriver:Navigate", { url: address });
    const [width, height] = await firefox.evaluate(() => [outerWidth - innerWidth, outerHeight - innerHeight]);
    const size = { width: viewport.width + width, height: viewport.height + height };
    await firefox.send("WebDriver:SetWindowRect", size);
    return firefox;
  }

  /** Connects when it has said where. */
  async join() {
    for (let tries = 0; ; tries++) {
      const port = await readFile(join(this.profile, "MarionetteActivePort"), "utf8").catch(() => "");
      if (port) {
        this.socket = connect(Number(port), "127.0.0.1");
        break;
      }
      if (tries > 600 || this.child.exitCode !== null) throw new Error("Firefox does not start");
      await pause(100);
    }
    // Its first message is a greeting, which has no number.
    await new Promise((resolve) => {
      this.socket.on("data", (bytes) => this.hear(bytes, resolve));
    });
  }

  /**
   * Messages are preceded by their lengths.
   * @param {Buffer} bytes
   * @param {(greeting: any) => void} greeted
   */
  hear(bytes, greeted) {
    this.heard = Buffer.concat([this.heard, bytes]);
    for (;;) {
      const colon = this.heard.indexOf(":");
      const end = colon + 1 + Number(this.heard.subarray(0, Math.max(0, colon)));
      if (colon < 0 || this.heard.length < end) return;
      const message = JSON.parse(this.heard.subarray(colon + 1, end).toString());
      this.heard = this.heard.subarray(end);
      if (!Array.isArray(message)) {
        greeted(message);
        continue;
      }
      const [, id, error, result] = message;
      const [resolve, reject] = this.waiting.get(id);
      this.waiting.delete(id);
      if (error) reject(new Error(`${error.error}: ${error.message}`));
      else resolve(result?.value ?? result);
    }
  }

  /**
   * @param {string} command
   * @param {object} parameters
   */
  send(command, parameters) {
    const id = ++this.asked;
    const message = Buffer.from(JSON.stringify([0, id, command, parameters]));
    this.socket.write(`${message.length}:`);
    this.socket.write(message);
    return new Promise((resolve, reject) => this.waiting.set(id, [resolve, reject]));
  }

  /**
   * Runs a function in the page, and gives what it gives.
   * @param {(given: any) => any} call
   * @param {any} [given]
   */
  async evaluate(call, given = null) {
    const script = `
      const [given, done] = arguments;
      Promise.resolve().then(() => (${call})(given)).then((value) => done([value ?? null]), (error) => done(String(error)));`;
    const answer = await this.send("WebDriver:ExecuteAsyncScript", { script, args: [given], sandbox: null });
    if (!Array.isArray(answer)) throw new Error(answer);
    return answer[0];
  }

  /**
   * Waits until a function in the page gives something that holds.
   * @param {(given: any) => any} call
   * @param {any} [given]
   */
  async waitForFunction(call, given) {
    for (;;) {
      const found = await this.evaluate(call, given);
      if (found) return found;
      await pause(100);
    }
  }

  /** @returns {Promise<Buffer>} the page as a PNG */
  async screenshot() {
    return Buffer.from(await this.send("WebDriver:TakeScreenshot", { full: false }), "base64");
  }

  async close() {
    const ended = new Promise((resolve) => this.child.once("exit", resolve));
    this.child.kill();
    await ended;
    await rm(this.profile, { recursive: true, force: true });
  }
}
