"""Damages this folder's JPEG files and writes damaged.json: what Pillow makes of each, as a SHA-256 of the pixels or null.

Made with Pillow 9.4.0 (Debian 12: libjpeg-turbo 2.1):  python3 make_damaged.py

libjpeg-turbo is told to compute without vectors, as it does inside Skia: of values that only damage makes, out of range, the
two ways make different noise (in 24 of these 116 images). Of whole files the pixels are the same.
"""
import os
os.environ["JSIMD_FORCENONE"] = "1"
import glob, hashlib, io, json, random, PIL
from PIL import Image

random.seed(5)
cases = []


def add(name, file, at, remove, insert):
    try:
        image = Image.open(io.BytesIO(file[:at] + insert + file[at + remove:])).convert("RGB")
        result = f"{image.width}x{image.height} {hashlib.sha256(image.tobytes()).hexdigest()}"
    except OSError:
        result = None
    cases.append({"file": name, "at": at, "remove": remove, "insert": insert.hex(), "result": result})


def noise(most):
    return bytes(random.randrange(256) for _ in range(random.randrange(1, most)))


for name in sorted(glob.glob("*.jpg")):
    file = open(name, "rb").read()
    scan = file.index(b"\xff\xda")
    for _ in range(10):
        add(name, file, random.randrange(2, len(file)), len(file), b"")                                # cut short
        add(name, file, random.randrange(scan, len(file) - 20), 9, noise(10))                          # spoilt scan
        add(name, file, random.randrange(2, len(file) - 20), 0, noise(10))                             # stray bytes
        add(name, file, random.randrange(2, scan), 2, noise(3))                                        # spoilt tables
json.dump({"pillow": PIL.__version__, "cases": cases}, open("damaged.json", "w"), indent=0)
