"""Factur-X and ZUGFeRD: a PDF/A-3 that people read, with the same invoice in CII inside.

A paper of ours keeps its every page, its tags and what it says that it is; attached is the XML, and the metadata say so
by the schema that Factur-X declares.
"""

from datetime import UTC, datetime
from hashlib import md5
from io import BytesIO

from lxml import etree
from pypdf import PdfReader, PdfWriter
from pypdf.errors import PyPdfError
from pypdf.generic import (
    ArrayObject,
    ByteStringObject,
    DictionaryObject,
    NameObject,
    NumberObject,
    StreamObject,
    TextStringObject,
)

from o2c.core.reading import xml
from o2c.invoicing.bank.statements import Refused

FILE = "factur-x.xml"
# What the XML is called in PDFs of others, by their versions.
NAMES = (FILE, "zugferd-invoice.xml", "xrechnung.xml")
# The marker stands within the first kilobyte of a PDF, as readers take it.
HEAD = 1024
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
FX = "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#"
EXTENSION = "http://www.aiim.org/pdfa/ns/extension/"
SCHEMA = "http://www.aiim.org/pdfa/ns/schema#"
PROPERTY = "http://www.aiim.org/pdfa/ns/property#"
PROPERTIES = {
    "DocumentFileName": (FILE, "The name of the embedded XML document"),
    "DocumentType": ("INVOICE", "The type of the hybrid document in capital letters, e.g. INVOICE or ORDER"),
    "Version": ("1.0", "The actual version of the standard applying to the embedded XML document"),
    "ConformanceLevel": ("EN 16931", "The conformance level of the embedded XML document"),
}


def is_pdf(content: bytes) -> bool:
    return b"%PDF-" in content[:HEAD]


def extract(content: bytes, *, largest: int) -> bytes:
    """The XML of the invoice in a PDF. Raises Refused where there is none."""
    try:
        reader = PdfReader(BytesIO(content))
        if reader.is_encrypted and not reader.decrypt(""):
            raise Refused("", "The PDF wants a password.")
        attached = {}
        for each in reader.attachment_list:
            attached.setdefault(each.alternative_name or each.name, each)
        named = {name.lower(): name for name in attached}
        name = next((named[wanted] for wanted in NAMES if wanted in named), None)
        if name is None:
            others = f" Attached are {', '.join(sorted(attached))}." if attached else ""
            raise Refused("", f"The PDF has no invoice in it: no {' or '.join(NAMES)} is attached.{others}")
        found = attached[name].content
    except Refused:
        raise
    except (PyPdfError, ValueError, TypeError, KeyError, AttributeError, IndexError, RecursionError) as wrong:
        raise Refused("", f"The PDF is damaged: {str(wrong) or type(wrong).__name__}.") from None
    if len(found) > largest:
        raise Refused(name, f"The file in the PDF is larger than {largest >> 20} MB.")
    return bytes(found)


def attach(pdf: bytes, invoice_xml: bytes, *, at: datetime) -> bytes:
    """The PDF with the invoice in it, dated by the day of the invoice: the same bytes for the same invoice."""
    writer = PdfWriter(clone_from=BytesIO(pdf))
    moment = TextStringObject(at.astimezone(UTC).strftime("D:%Y%m%d%H%M%SZ"))
    file = StreamObject()
    file.set_data(invoice_xml)
    file.update(
        {
            NameObject("/Type"): NameObject("/EmbeddedFile"),
            NameObject("/Subtype"): NameObject("/text/xml"),
            NameObject("/Params"): DictionaryObject(
                {
                    NameObject("/CheckSum"): ByteStringObject(md5(invoice_xml, usedforsecurity=False).digest()),
                    NameObject("/ModDate"): moment,
                    NameObject("/Size"): NumberObject(len(invoice_xml)),
                }
            ),
        }
    )
    stream = writer._add_object(file.flate_encode())
    of_file = writer._add_object(
        DictionaryObject(
            {
                NameObject("/Type"): NameObject("/Filespec"),
                NameObject("/F"): TextStringObject(FILE),
                NameObject("/UF"): TextStringObject(FILE),
                NameObject("/Desc"): TextStringObject("The same invoice in CII, after EN 16931"),
                NameObject("/AFRelationship"): NameObject("/Alternative"),
                NameObject("/EF"): DictionaryObject({NameObject("/F"): stream, NameObject("/UF"): stream}),
            }
        )
    )
    root = writer.root_object
    _part(root, "/AF", ArrayObject).append(of_file)
    files = _part(_part(root, "/Names", DictionaryObject), "/EmbeddedFiles", DictionaryObject)
    _part(files, "/Names", ArrayObject).extend([TextStringObject(FILE), of_file])
    _tell(writer)
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def _part(of: DictionaryObject, name: str, kind: type):
    if name not in of:
        of[NameObject(name)] = kind()
    return of[name].get_object()


def _tell(writer: PdfWriter) -> None:
    """Say in the metadata that an invoice is attached, beside all that they say already."""
    root = writer.root_object
    metadata = root["/Metadata"].get_object() if "/Metadata" in root else None
    packet = metadata.get_data() if metadata is not None else b""
    told = StreamObject()
    told.set_data(packet_with_invoice(packet))
    told.update({NameObject("/Type"): NameObject("/Metadata"), NameObject("/Subtype"): NameObject("/XML")})
    root[NameObject("/Metadata")] = writer._add_object(told)


def packet_with_invoice(packet: bytes) -> bytes:
    """An XMP packet that says also that the invoice is attached, and declares the words that say so."""
    if packet:
        tree = etree.fromstring(packet.strip(), etree.XMLParser(**xml.SAFE | {"remove_pis": False}))
    else:
        tree = etree.fromstring(f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="{RDF}"/></x:xmpmeta>')
    described = tree if tree.tag == f"{{{RDF}}}RDF" else tree.find(f"{{{RDF}}}RDF")
    about = {f"{{{RDF}}}about": ""}
    said = etree.SubElement(described, f"{{{RDF}}}Description", about, nsmap={"fx": FX})
    for name, (value, _) in PROPERTIES.items():
        etree.SubElement(said, f"{{{FX}}}{name}").text = value
    bag = described.find(f".//{{{EXTENSION}}}schemas/{{{RDF}}}Bag")
    if bag is None:
        spaces = {"pdfaExtension": EXTENSION, "pdfaSchema": SCHEMA, "pdfaProperty": PROPERTY}
        declared = etree.SubElement(described, f"{{{RDF}}}Description", about, nsmap=spaces)
        bag = etree.SubElement(etree.SubElement(declared, f"{{{EXTENSION}}}schemas"), f"{{{RDF}}}Bag")
    _declare(bag)
    body = etree.tostring(tree, encoding="unicode")
    head = '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
    return f'{head}\n{body}\n<?xpacket end="r"?>'.encode()


def _declare(bag) -> None:
    resource = {f"{{{RDF}}}parseType": "Resource"}
    schema = etree.SubElement(bag, f"{{{RDF}}}li", resource, nsmap={"pdfaSchema": SCHEMA, "pdfaProperty": PROPERTY})
    for name, value in (("schema", "Factur-X PDFA Extension Schema"), ("namespaceURI", FX), ("prefix", "fx")):
        etree.SubElement(schema, f"{{{SCHEMA}}}{name}").text = value
    known = etree.SubElement(etree.SubElement(schema, f"{{{SCHEMA}}}property"), f"{{{RDF}}}Seq")
    for name, (_, description) in PROPERTIES.items():
        one = etree.SubElement(known, f"{{{RDF}}}li", resource)
        for key, value in (
            ("name", name), ("valueType", "Text"), ("category", "external"), ("description", description)
        ):  # fmt: skip
            etree.SubElement(one, f"{{{PROPERTY}}}{key}").text = value
