"""Where a picture comes from, written into the file: PNG text and an XMP packet.

The packet names the IPTC digital source type, the word by which picture agencies and social
networks tell made pictures from photographs.
"""

import platform
from importlib import metadata
from io import BytesIO
from typing import Literal
from xml.sax.saxutils import escape

from PIL import Image
from PIL.PngImagePlugin import PngInfo

SourceType = Literal["generated", "edited", "chart"]
"""`generated`: from a latent; `edited`: from a real picture; `chart`: a plot of numbers."""

XMP_KEYWORD = "XML:com.adobe.xmp"
_VOCABULARY = "http://cv.iptc.org/newscodes/digitalsourcetype/"
SOURCE_TYPES: dict[str, str] = {
    "generated": _VOCABULARY + "trainedAlgorithmicMedia",
    "edited": _VOCABULARY + "compositeWithTrainedAlgorithmicMedia",
    "chart": _VOCABULARY + "dataDrivenMedia",
}
_PACKET = """\
<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="{software}">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about=""
    xmlns:dc="http://purl.org/dc/elements/1.1/"
    xmlns:xmp="http://ns.adobe.com/xap/1.0/"
    xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/">
   <xmp:CreatorTool>{software}</xmp:CreatorTool>
   <Iptc4xmpExt:DigitalSourceType>{source}</Iptc4xmpExt:DigitalSourceType>
   <dc:description>
    <rdf:Alt>
     <rdf:li xml:lang="x-default">{description}</rdf:li>
    </rdf:Alt>
   </dc:description>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="r"?>"""


def package_version(name: str) -> str:
    """The installed version of a distribution, `not installed` when there is none."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "not installed"


def software() -> str:
    """`EmoStyle <version>`."""
    return f"EmoStyle {package_version('emostyle')}"


def versions() -> dict[str, str]:
    """Versions that decide about a picture: Python, machine and the libraries under an edit."""
    names = ("emostyle", "torch", "torchaudio", "pytorch-lightning", "open-clip-torch", "numpy")
    return {
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()}",
        **{name.replace("pytorch-", ""): package_version(name) for name in names},
    }


def xmp_packet(source: SourceType, description: str) -> str:
    """A read-only XMP packet with creator tool, description and IPTC digital source type.

    Source: XMP specification part 1 (packet wrapper, RDF) and IPTC Photo Metadata 2022.1
    (`Iptc4xmpExt:DigitalSourceType`).
    """
    return _PACKET.format(
        software=escape(software()), source=SOURCE_TYPES[source], description=escape(description)
    )


def png_bytes(
    picture: Image.Image, source: SourceType, description: str, **facts: str | int | float
) -> bytes:
    """A picture as PNG with text chunks and an XMP packet. No date: same picture, same bytes.

    Args:
        picture: what to store.
        source: how it came to be.
        description: one sentence for people.
        **facts: further text chunks, for example `seed=7, sound="rain.wav"`.
    """
    info = PngInfo()
    info.add_text("Software", software())
    info.add_itxt("Description", description)
    info.add_itxt("Source", SOURCE_TYPES[source])
    for name, value in facts.items():
        info.add_itxt(name, str(value))
    info.add_itxt(XMP_KEYWORD, xmp_packet(source, description))
    buffer = BytesIO()
    picture.save(buffer, format="PNG", pnginfo=info)
    return buffer.getvalue()
