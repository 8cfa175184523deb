"""Small photos with metadata, as other programs write them, for crates/relumine/tests/fixtures/metadata.

Ran with Python 3.11, Pillow 13.0, piexif 1.1.3, exiftool 12.57 and ImageMagick 6.9.11:
    python tools/reference/metadata.py crates/relumine/tests/fixtures/metadata
"""

import io
import struct
import subprocess
import sys
from pathlib import Path

import piexif
from PIL import Image

WIDTH, HEIGHT = 24, 16

# What a photographer's catalogue says of a photo, in tags of exiftool.
TAGS = [
    "-EXIF:Make=Maker", "-EXIF:Model=Model 1", "-EXIF:Software=Their Editor 3", "-EXIF:ModifyDate=2024:05:06 07:08:09",
    "-EXIF:Artist=Ann Photo", "-EXIF:Copyright=(c) Ann", "-EXIF:ImageDescription=A town, größer", "-EXIF:HostComputer=Box",
    "-EXIF:XPTitle=Town", "-EXIF:XPKeywords=town;river", "-EXIF:Rating=4", "-EXIF:RatingPercent=75",
    "-EXIF:XResolution=300", "-EXIF:YResolution=300", "-EXIF:ResolutionUnit=inches",
    "-EXIF:ExposureTime=1/250", "-EXIF:FNumber=2.8", "-EXIF:ISO=200", "-EXIF:ExposureCompensation=-1/3",
    "-EXIF:DateTimeOriginal=2024:01:02 03:04:05", "-EXIF:OffsetTimeOriginal=+02:00", "-EXIF:SubSecTimeOriginal=37",
    "-EXIF:LensModel=50 mm", "-EXIF:LensInfo=50 50 1.8 1.8", "-EXIF:UserComment=a comment", "-EXIF:Gamma=2.2",
    "-EXIF:GPSLatitude=48.52", "-EXIF:GPSLatitudeRef=N", "-EXIF:GPSLongitude=9.05", "-EXIF:GPSLongitudeRef=E",
    "-EXIF:GPSAltitude=341", "-EXIF:GPSTimeStamp=03:04:05", "-EXIF:GPSProcessingMethod=GPS",
    "-EXIF:InteropIndex=R98",
    "-XMP-dc:Title=Town by the river", "-XMP-dc:Subject=town", "-XMP-dc:Subject=river", "-XMP-dc:Rights=(c) Ann",
    "-XMP-dc:Creator=Ann Photo", "-XMP-dc:Description=A town & its river", "-XMP-xmp:Rating=4", "-XMP-xmp:Label=Red",
    "-XMP-xmp:CreatorTool=Their Editor 3", "-XMP-xmpRights:UsageTerms=ask", "-XMP-lr:HierarchicalSubject=place|town",
    "-XMP-photoshop:City=Town", "-XMP-iptcExt:PersonInImage=Bob", "-XMP-exif:GPSLatitude=48.52",
    "-XMP-tiff:ImageWidth=4000", "-XMP-exif:ExifImageWidth=4000", "-XMP-xmpMM:DocumentID=doc:1",
    "-XMP-xmpMM:HistoryAction=saved", "-XMP-xmpMM:HistorySoftwareAgent=Their Editor 3",
]  # fmt: skip
IPTC = ["-IPTC:Keywords=town", "-IPTC:Keywords=river", "-IPTC:Credit=Agency", "-IPTC:Caption-Abstract=A town",
        "-IPTC:By-line=Ann Photo", "-IPTC:CodedCharacterSet=UTF8"]  # fmt: skip


def picture():
    image = Image.new("RGB", (WIDTH, HEIGHT))
    image.putdata([(9 * x, 12 * y, 120) for y in range(HEIGHT) for x in range(WIDTH)])
    return image


def exiftool(path, *arguments):
    # In the order of its tags, all at once; the date in the file is none of today.
    subprocess.run(["exiftool", "-q", "-m", "-overwrite_original", "-P", *arguments, str(path)], check=True)


def segment(marker, content):
    return struct.pack(">BBH", 0xFF, marker, 2 + len(content)) + content


def jpeg(**options):
    file = io.BytesIO()
    picture().save(file, "JPEG", quality=95, **options)
    return file.getvalue()


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    for name, iptc, turned in [("jpg", IPTC, 6), ("png", [], 1), ("tif", IPTC, 8), ("webp", [], 3)]:
        path = folder / f"rich.{name}"
        picture().save(path, quality=95, lossless=True)
        orientation = [f"-EXIF:Orientation#={turned}", "-XMP-tiff:Orientation#=8"]
        sizes = [f"-EXIF:ExifImageWidth={WIDTH}", f"-EXIF:ExifImageHeight={HEIGHT}"]
        exiftool(path, *TAGS, *iptc, *orientation, *sizes)

    # Texts in hexadecimal digits, as ImageMagick puts IPTC data into PNG.
    subprocess.run(["convert", folder / "rich.jpg", "-define", "png:exclude-chunk=date,time,tIME", "+set", "date:create",
                    "+set", "date:modify", folder / "raw-profiles.png"], check=True)  # fmt: skip

    # A camera's file: maker notes, a thumbnail, directories without a link to the next.
    thumbnail = jpeg(comment=b"THUMBSECRET")
    data = {
        "0th": {piexif.ImageIFD.Make: b"Maker", piexif.ImageIFD.Orientation: 1, piexif.ImageIFD.XResolution: (72, 1),
                piexif.ImageIFD.YResolution: (72, 1), piexif.ImageIFD.ResolutionUnit: 2},
        "Exif": {piexif.ExifIFD.FNumber: (28, 10), piexif.ExifIFD.MakerNote: b"MAKERSECRET" * 4,
                 piexif.ExifIFD.PixelXDimension: 4000, piexif.ExifIFD.PixelYDimension: 3000},
        "GPS": {piexif.GPSIFD.GPSLatitudeRef: b"N", piexif.GPSIFD.GPSLatitude: ((48, 1), (31, 1), (12, 1))},
        "1st": {piexif.ImageIFD.Compression: 6},
        "thumbnail": thumbnail,
    }  # fmt: skip
    (folder / "camera.jpg").write_bytes(jpeg(exif=piexif.dump(data)))

    # A packet in two parts: the first holds the title, the second what is large.
    path = folder / "extended.jpg"
    path.write_bytes(jpeg())
    exiftool(path, "-XMP-dc:Title=Town by the river", "-XMP-dc:Description=" + 6200 * "all of it, ", "-XMP-xmp:Rating=4")

    # Ultra HDR: a packet that tells of a gain map, which follows with its index, and a C2PA manifest's box.
    packet = (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="" xmlns:hdrgm="http://ns.adobe.com/hdr-gain-map/1.0/"'
        ' xmlns:Container="http://ns.google.com/photos/1.0/container/"'
        ' xmlns:Item="http://ns.google.com/photos/1.0/container/item/"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" hdrgm:Version="1.0"'
        ' dcterms:provenance="self#jumbf=c2pa/urn:uuid:1" dc:format="image/jpeg">'
        '<Container:Directory><rdf:Seq><rdf:li rdf:parseType="Resource"><Container:Item Item:Semantic="Primary"'
        ' Item:Mime="image/jpeg"/></rdf:li></rdf:Seq></Container:Directory>'
        "</rdf:Description></rdf:RDF></x:xmpmeta>"
    ).encode()
    first, gain = jpeg(), jpeg()
    box = b"JP\0\1\0\0\0\1" + struct.pack(">I", 40) + b"jumb" + struct.pack(">I", 32) + b"jumdc2pa" + bytes(24)
    added = segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + packet) + segment(0xEB, box)
    added += segment(0xE2, b"MPF\0MM\0*\0\0\0\x08\0\0\0\0\0\0")
    (folder / "ultra-hdr.jpg").write_bytes(first[:20] + added + first[20:] + gain)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
