"""Makes the encoded images of this folder, and index.json with the SHA-256 of the pixels Pillow decodes them to.

Made with Pillow 9.4.0 (Debian 12: libjpeg-turbo 2.1, libpng 1.6.39, libwebp 1.2.4):  python3 make.py
"""
import hashlib, json, struct, zlib, PIL
from PIL import Image, ImageDraw, PngImagePlugin

W, H = 45, 31
rgb = Image.new("RGB", (W, H))
rgb.putdata([((x * 5) % 256, (y * 8 + x) % 256, (x * y) % 256) for y in range(H) for x in range(W)])
ImageDraw.Draw(rgb).ellipse((8, 5, 30, 27), fill=(220, 30, 40), outline=(0, 0, 255))
alpha = Image.new("L", (W, H))
alpha.putdata([(x * 6) % 256 for y in range(H) for x in range(W)])
rgba = rgb.copy(); rgba.putalpha(alpha)

gamma = PngImagePlugin.PngInfo(); gamma.add(b"gAMA", struct.pack(">I", 100000))

rgb.save("jpeg_420.jpg", quality=85)
rgb.save("jpeg_422.jpg", quality=60, subsampling="4:2:2")
rgb.save("jpeg_444_progressive.jpg", quality=90, subsampling="4:4:4", progressive=True)
rgb.convert("L").save("jpeg_grey.jpg", quality=80)
rgb.convert("CMYK").save("jpeg_cmyk.jpg", quality=90)
rgb.save("png_rgb.png")
rgb.save("png_gamma.png", pnginfo=gamma)
rgba.save("png_rgba.png")
rgb.convert("LA").save("png_grey_alpha.png")
rgb.convert("1").save("png_1bit.png")
rgb.quantize(11).save("png_palette.png")
rgba.quantize(30).save("png_palette_alpha.png")
rgb.save("webp_lossy.webp", quality=80)
rgba.save("webp_alpha.webp", lossless=True, exact=True)


def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def interlaced():
    passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
    data = b"".join(
        b"\0" + b"".join(bytes(rgb.getpixel((x, y))) for x in range(x0, W, dx))
        for x0, y0, dx, dy in passes for y in range(y0, H, dy))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", W, H, 8, 2, 0, 0, 1)) \
        + chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b"")


open("png_interlaced.png", "wb").write(interlaced())
names = ["jpeg_420.jpg", "jpeg_422.jpg", "jpeg_444_progressive.jpg", "jpeg_grey.jpg", "jpeg_cmyk.jpg", "png_rgb.png",
         "png_gamma.png", "png_rgba.png", "png_grey_alpha.png", "png_1bit.png", "png_palette.png",
         "png_palette_alpha.png", "png_interlaced.png", "webp_lossy.webp", "webp_alpha.webp"]
index = {name: hashlib.sha256(Image.open(name).convert("RGB").tobytes()).hexdigest() for name in names}
json.dump({"pillow": PIL.__version__, "width": W, "height": H, "sha256_rgb": index}, open("index.json", "w"), indent=1)
