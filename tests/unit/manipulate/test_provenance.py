"""Text chunks and XMP packets, parsed back by other means than those that wrote them."""

import struct
import zlib
from io import BytesIO
from xml.etree import ElementTree

import pytest
from PIL import Image

from emostyle.manipulate.animate import gif_bytes
from emostyle.manipulate.provenance import SOURCE_TYPES, png_bytes, versions, xmp_packet

NAMESPACES = {
    "x": "adobe:ns:meta/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "dc": "http://purl.org/dc/elements/1.1/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "ext": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
}
GENERATED = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
EDITED = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"


def parse(packet: str) -> tuple[str, str, str]:
    """Source type, description and creator tool of a packet."""
    root = ElementTree.fromstring(packet)
    assert root.tag == "{adobe:ns:meta/}xmpmeta"
    about = root.find("rdf:RDF/rdf:Description", NAMESPACES)
    assert about is not None
    assert about.get(f"{{{NAMESPACES['rdf']}}}about") == ""
    item = about.find("dc:description/rdf:Alt/rdf:li", NAMESPACES)
    assert item is not None
    assert item.get("{http://www.w3.org/XML/1998/namespace}lang") == "x-default"
    source = about.findtext("ext:DigitalSourceType", None, NAMESPACES)
    return source, item.text, about.findtext("xmp:CreatorTool", None, NAMESPACES)


def chunks(png: bytes) -> list[tuple[bytes, bytes]]:
    """The chunks of a PNG file, read by the specification; checks their sums."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    found, at = [], 8
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        kind, body = png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        assert struct.unpack(">I", png[at + 8 + length : at + 12 + length])[0] == zlib.crc32(
            kind + body
        )
        found.append((kind, body))
        at += 12 + length
    return found


@pytest.mark.parametrize(("source", "url"), [("generated", GENERATED), ("edited", EDITED)])
def test_packet_parses_back(source: str, url: str) -> None:
    words = "A <landscape> & the sound “rain”.wav"
    found_source, found_words, tool = parse(xmp_packet(source, words))
    assert found_source == url
    assert found_words == words
    assert tool.startswith("EmoStyle ")


def test_packet_wrapper_is_as_specified() -> None:
    packet = xmp_packet("generated", "x")
    assert packet.startswith('<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>')
    assert packet.endswith('<?xpacket end="r"?>')


def test_png_carries_text_and_xmp() -> None:
    picture = Image.new("RGB", (8, 8), "teal")
    data = png_bytes(picture, "edited", "Ein Fluß", seed=7, sound="été.wav")
    with Image.open(BytesIO(data)) as read:
        read.load()
        assert read.text["Description"] == "Ein Fluß"
        assert read.text["seed"] == "7"
        assert read.text["sound"] == "été.wav"
        assert read.text["Software"].startswith("EmoStyle")
        assert read.text["Source"] == EDITED
        assert list(read.getdata()) == list(picture.getdata())


def test_png_xmp_chunk_is_an_uncompressed_itxt() -> None:
    data = png_bytes(Image.new("RGB", (8, 8)), "generated", "x")
    bodies = [body for kind, body in chunks(data) if kind == b"iTXt"]
    packets = [body for body in bodies if body.startswith(b"XML:com.adobe.xmp\0")]
    assert len(packets) == 1
    rest = packets[0].partition(b"\0")[2]
    assert rest[:4] == b"\0\0\0\0"  # not compressed, method 0, no language, no translated keyword
    assert parse(rest[4:].decode("utf-8"))[0] == GENERATED


def test_same_picture_same_bytes() -> None:
    picture = Image.new("RGB", (8, 8), "teal")
    assert png_bytes(picture, "generated", "x") == png_bytes(picture, "generated", "x")


def test_gif_carries_xmp_before_its_trailer() -> None:
    data = gif_bytes([Image.new("RGB", (64, 78))] * 2, "generated", "rain")
    start = data.index(b"\x21\xff\x0bXMP DataXMP") + 14
    packet, magic = data[start:].split(b"\x01\xff\xfe", 1)
    assert parse(packet.decode("utf-8"))[:2] == (GENERATED, "rain")
    assert magic.endswith(b"\x03\x02\x01\x00\x00\x3b")


def test_gif_xmp_is_skipped_by_a_block_reader() -> None:
    """A reader that knows nothing of XMP walks the sub-blocks and lands on the trailer."""
    data = gif_bytes([Image.new("RGB", (64, 78))] * 2, "generated", "rain")
    at = data.index(b"\x21\xff\x0bXMP DataXMP") + 14
    while data[at]:
        at += 1 + data[at]
    assert data[at + 1 :] == b"\x3b"


def test_charts_are_not_called_media() -> None:
    assert SOURCE_TYPES["chart"].endswith("dataDrivenMedia")


def test_versions_name_what_decides() -> None:
    found = versions()
    assert {"python", "torch", "lightning", "emostyle"} <= set(found)
    assert found["torch"][0].isdigit()
