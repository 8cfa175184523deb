#!/usr/bin/env python3
"""Whether the studio is quick, stays bounded, and stays alive.

    python3 studio.py RELUMINE FOLDER_OF_PHOTOS [--transfers 500] [--uploads 10000]

Starts `relumine studio` on a free port and prints, as Markdown: seconds from two 12-megapixel JPEGs to the first picture (quick grade) and to the full look;
requests a second of 50 clients that poll while a look is solved, and the slowest answer; memory of the process over so many transfers; and what becomes of
so many small uploads that are no pictures, of an upload of 2 GiB, of connections that send their heads a byte at a time, of one that stops in the middle
of a file, and of addresses and names that lead elsewhere: each has to be refused, and the studio has to answer afterwards. Exits with 1 where it does
not. Needs: pillow.
"""
import argparse
import concurrent.futures
import http.client
import io
import json
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from urllib.parse import quote

from PIL import Image


class Studio:
    def __init__(self, program, folder):
        command = [program, "studio", "--no-open", "--dir", str(folder)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        address = self.process.stdout.readline().strip()
        self.port = int(address.split(":")[2].split("/")[0])
        self.token = address.split("token=")[1]

    def ask(self, method, path, body=None, headers=None, timeout=300):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json", **(headers or {})}
        connection.request(method, "/api/v1" + path, body=body, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read()

    def json(self, method, path, body=None):
        status, text = self.ask(method, path, None if body is None else json.dumps(body))
        if status >= 300:
            raise RuntimeError(f"{method} {path}: {status} {text[:200]}")
        return json.loads(text)

    def bring(self, name, data):
        status, text = self.ask("POST", f"/pictures?name={quote(name)}", data)
        assert status == 201, text
        return json.loads(text)["id"]

    def solve(self, photo, reference, method="look", quick=False):
        wanted = {"photo": photo, "reference": reference, "options": {"version": 1, "method": {"name": method}}, "quick": quick}
        return self.json("POST", "/solves", wanted)["solve"]

    def wait(self, path):
        while True:
            status, answer = self.ask("GET", path)
            if status == 200:
                return answer
            time.sleep(0.01)

    def memory(self):
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) / 1024


def jpeg(path, size):
    out = io.BytesIO()
    Image.open(path).convert("RGB").resize(size, Image.LANCZOS).save(out, "JPEG", quality=92)
    return out.getvalue()


def first_picture(studio, photos):
    """Seconds from the drop of two photos to what is seen first, and to the full look."""
    large = [jpeg(path, (4243, 2828)) for path in photos[:2]]
    found = []
    for repeat in range(3):
        # Other bytes each time, so that nothing is at hand.
        data = [picture + bytes([repeat]) for picture in large]
        since = time.perf_counter()
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            ours, theirs = pool.map(lambda picture: studio.bring("photo.jpg", picture), data)
        quick, full = studio.solve(ours, theirs, quick=True), studio.solve(ours, theirs)
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            preview = pool.submit(studio.ask, "GET", f"/pictures/{ours}/preview?long=1600")
            studio.wait(f"/solves/{quick}")
            studio.wait(f"/solves/{quick}/layers?long=1600")
            preview.result()
        first = time.perf_counter() - since
        studio.wait(f"/solves/{full}/layers?long=1600")
        found.append((first, time.perf_counter() - since))
    return [sorted(values)[1] for values in zip(*found)]


def load(studio, ours, theirs):
    """Requests a second of 50 clients while a look is solved, and the slowest answer."""
    solve, slowest, count, over = studio.solve(ours, theirs), [0.0], [0], threading.Event()

    def poll():
        while not over.is_set():
            since = time.perf_counter()
            status, _ = studio.ask("GET", "/session")
            assert status == 200
            slowest[0] = max(slowest[0], time.perf_counter() - since)
            count[0] += 1

    threads = [threading.Thread(target=poll) for _ in range(50)]
    since = time.perf_counter()
    [thread.start() for thread in threads]
    studio.wait(f"/solves/{solve}")
    over.set()
    [thread.join() for thread in threads]
    return count[0] / (time.perf_counter() - since), slowest[0]


def transfers(studio, ours, theirs, count):
    memory = []
    for number in range(count):
        solve = studio.solve(ours, theirs, "grade" if number % 10 else "look")
        studio.wait(f"/solves/{solve}")
        studio.wait(f"/solves/{solve}/layers?long=1024")
        if number % max(1, count // 10) == count // 10 - 1 or number == 49:
            memory.append((number + 1, studio.memory()))
    return memory


def slow_heads(studio, count=64):
    """Connections that send their heads a byte at a time: seconds until all of them are closed."""
    sockets = [socket.create_connection(("127.0.0.1", studio.port)) for _ in range(count)]
    since = time.perf_counter()
    open_ones = set(range(count))
    while open_ones and time.perf_counter() - since < 60:
        for number in list(open_ones):
            try:
                sockets[number].sendall(b"G" if time.perf_counter() - since < 0.5 else b"a")
                sockets[number].setblocking(False)
                if sockets[number].recv(1 << 16) == b"":
                    open_ones.discard(number)
            except BlockingIOError:
                pass
            except OSError:
                open_ones.discard(number)
        time.sleep(0.5)
        assert studio.ask("GET", "/session")[0] == 200
    return None if open_ones else time.perf_counter() - since


def stopped_upload(studio):
    """An upload that stops in the middle: what it is answered with, and after how long."""
    connection = socket.create_connection(("127.0.0.1", studio.port))
    head = f"POST /api/v1/pictures?name=a.jpg HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {studio.token}\r\nContent-Length: 1000000\r\n\r\n"
    connection.sendall(head.encode() + b"half of it")
    since = time.perf_counter()
    connection.settimeout(60)
    return connection.recv(64).decode().split("\r\n")[0], time.perf_counter() - since


def huge_upload(studio):
    """2 GiB and more: the status, and how much more memory the process took."""
    before, peak = studio.memory(), [0.0]

    def body():
        for _ in range(2200):
            peak[0] = max(peak[0], studio.memory())
            yield bytes(1 << 20)

    try:
        status, _ = studio.ask("POST", "/pictures?name=huge.jpg", body(), {"Transfer-Encoding": "chunked"})
    except (BrokenPipeError, ConnectionResetError):
        status = "closed"
    return status, peak[0] - before


def small_uploads(studio, count):
    def one(number):
        return studio.ask("POST", f"/pictures?name={number}.jpg", b"no picture %d" % number)[0]

    since = time.perf_counter()
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        statuses = set(pool.map(one, range(count)))
    return statuses, time.perf_counter() - since


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("relumine")
    a.add_argument("photos", type=Path)
    a.add_argument("--transfers", type=int, default=500)
    a.add_argument("--uploads", type=int, default=10_000)
    a = a.parse_args()
    photos = sorted(a.photos.glob("*.jpg"))
    wrong = []

    def check(what, holds, told):
        print(f"| {what} | {told} |", flush=True)
        if not holds:
            wrong.append(what)

    with tempfile.TemporaryDirectory() as folder:
        session = Path(folder) / "session"
        studio = Studio(a.relumine, session)
        try:
            print("| | |\n|---|---|")
            first, full = first_picture(studio, photos)
            check("first picture of two 12-megapixel JPEGs", True, f"{first:.2f} s")
            check("full look of them", True, f"{full:.2f} s")
            ours, theirs = (studio.bring(path.name, path.read_bytes()) for path in photos[:2])
            rate, slowest = load(studio, ours, theirs)
            check("50 clients polling while a look is solved", slowest < 5, f"{rate:.0f} requests a second, the slowest {1000 * slowest:.0f} ms")
            memory = transfers(studio, ours, theirs, a.transfers)
            steps = ", ".join(f"{megabytes:.0f} MiB after {number}" for number, megabytes in memory)
            check(f"memory over {a.transfers} transfers", memory[-1][1] < 1.3 * memory[len(memory) // 2][1], steps)
            statuses, seconds = small_uploads(studio, a.uploads)
            check(f"{a.uploads} uploads that are no pictures", statuses == {415}, f"all refused ({statuses}) in {seconds:.0f} s")
            status, grown = huge_upload(studio)
            check("an upload of more than 2 GiB", status in (413, "closed") and grown < 200, f"{status}, {grown:.0f} MiB more memory")
            seconds = slow_heads(studio)
            check("64 connections that send a byte at a time", seconds is not None, "not closed" if seconds is None else f"closed within {seconds:.0f} s")
            line, seconds = stopped_upload(studio)
            check("an upload that stops in the middle", " 408 " in line, f"{line} after {seconds:.0f} s")
            for path in ["/pictures/..%2Fsecret/thumbnail", "/masks/..%2F..%2Fsecret", "/exports/..%2Fsecret/file", "/looks/..%2Fsecret/thumbnail?photo=" + ours]:
                status, _ = studio.ask("GET", path)
                check(f"`{path[:32]}…`", status == 404, status)
            left = [path.name for path in session.iterdir() if path.name.startswith(".part-")]
            check("files left half-written", not left, len(left))
            check("alive", studio.process.poll() is None and studio.ask("GET", "/session")[0] == 200, "yes")
        finally:
            studio.process.terminate()
            studio.process.wait(20)
    if wrong:
        sys.exit("does not hold: " + ", ".join(wrong))


if __name__ == "__main__":
    main()
