//! Packets made here, for what packets of other programs rarely hold.

use super::*;
use crate::io::metadata::edited::Edit;

/// A packet with these properties in one description.
fn packet(attributes: &str, content: &str) -> String {
    format!(
        "<?xpacket begin=\"\u{FEFF}\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n<x:xmpmeta xmlns:x=\"adobe:ns:meta/\">\
         <rdf:RDF xmlns:rdf=\"{RDF}\"><rdf:Description rdf:about=\"\" xmlns:tiff=\"http://ns.adobe.com/tiff/1.0/\" \
         xmlns:exif=\"http://ns.adobe.com/exif/1.0/\" xmlns:xmpMM=\"http://ns.adobe.com/xap/1.0/mm/\" \
         xmlns:xmp=\"http://ns.adobe.com/xap/1.0/\"{attributes}>{content}</rdf:Description></rdf:RDF></x:xmpmeta>\n\
         <?xpacket end=\"w\"?>"
    )
}

fn edited(text: &str) -> String {
    let edit = Edit { method: "look".into(), parameters: "p".into(), seconds: Some(0) };
    Xmp::read(text.as_bytes()).unwrap().edited(&Edited {
        size: Some((30, 20)),
        without_gps: true,
        edit: Some(&edit),
    })
}

fn untouched(text: &str) -> String {
    Xmp::read(text.as_bytes()).unwrap().edited(&Edited::nothing())
}

#[test]
fn what_says_nothing_of_the_pixels_stays_byte_for_byte() {
    let text = packet(
        " xmp:Label='a \"red\" &amp; <b>'",
        "<!-- c --><xmp:Nickname>caf\u{E9} &#xE9; &lt;</xmp:Nickname>\r\n<xmp:Other rdf:parseType=\"Resource\"/>",
    )
    .replace("<b>", "b");
    assert_eq!(untouched(&text), text);
    // Padding goes, and zeros behind the end.
    assert_eq!(
        untouched(&text.replace("\n<?xpacket end", &format!("{}<?xpacket end", " \n".repeat(2000)))),
        text
    );
    assert_eq!(untouched(&format!("{text}\0\0  ")), text);
}

#[test]
fn both_forms_of_properties_are_edited() {
    let attributes = edited(&packet(
        " tiff:Orientation=\"6\" tiff:ImageWidth='4000' exif:PixelYDimension=\"3000\" exif:GPSLatitude=\"48,3N\" \
         xmp:ModifyDate=\"2024-01-01\" tiff:Software=\"x\"",
        "",
    ));
    let elements = edited(&packet(
        "",
        "<tiff:Orientation>6</tiff:Orientation><tiff:ImageWidth/><exif:PixelYDimension>3000</exif:PixelYDimension>\
         <exif:GPSLatitude>48,3N</exif:GPSLatitude><xmp:ModifyDate>2024</xmp:ModifyDate><tiff:Software>x</tiff:Software>",
    ));
    let software = format!("relumine {} (look)", env!("CARGO_PKG_VERSION"));
    for (name, value) in [
        ("tiff:Orientation", "1"),
        ("tiff:ImageWidth", "30"),
        ("exif:PixelYDimension", "20"),
        ("xmp:ModifyDate", "1970-01-01T00:00:00Z"),
        ("tiff:Software", &software),
    ] {
        assert!(attributes.contains(&format!("{name}=\"{value}\"")), "{name}: {attributes}");
        assert!(elements.contains(&format!("<{name}>{value}</{name}>")), "{name}: {elements}");
    }
    for text in [attributes, elements] {
        assert!(!text.contains("GPSLatitude"));
        assert_eq!(Xmp::read(text.as_bytes()).unwrap().orientation(), Some(1));
    }
}

#[test]
fn prefixes_are_what_they_are_declared_to_be() {
    let text = packet(" xmlns:t=\"http://ns.adobe.com/tiff/1.0/\" t:Orientation=\"8\"", "")
        .replace("xmlns:tiff", "xmlns:u");
    assert_eq!(Xmp::read(text.as_bytes()).unwrap().orientation(), Some(8));
    assert!(edited(&text).contains("t:Orientation=\"1\""));
    let other = packet("", "<o:Orientation xmlns:o=\"urn:other\">8</o:Orientation>");
    assert_eq!(Xmp::read(other.as_bytes()).unwrap().orientation(), None);
    assert!(edited(&other).contains(">8</o:Orientation>"));
}

#[test]
fn a_history_is_added_where_there_is_none_and_continued_where_there_is() {
    let steps = |text: &str| text.matches("<stEvt:action>edited</stEvt:action>").count();
    let without = edited(&packet("", ""));
    assert!(
        steps(&without) == 1 && without.contains("<stEvt:when>1970-01-01T00:00:00Z</stEvt:when>"),
        "{without}"
    );
    for history in ["<rdf:Seq/>", "<rdf:Seq></rdf:Seq>", "<rdf:Seq><rdf:li>first</rdf:li></rdf:Seq>"] {
        let text = edited(&packet("", &format!("<xmpMM:History>{history}</xmpMM:History>")));
        assert!(steps(&text) == 1 && text.matches("<rdf:Seq>").count() == 1, "{text}");
        assert!(text.contains("</rdf:li></rdf:Seq></xmpMM:History>"), "{text}");
        assert!(text.find("first").is_none_or(|first| first < text.find("edited").unwrap()));
    }
    // That of an ingredient is not the photo's.
    let history = "<xmpMM:History><rdf:Seq/></xmpMM:History>";
    let nested = edited(&packet(
        "",
        &format!("<xmpMM:Pantry><rdf:Bag><rdf:li>{history}</rdf:li></rdf:Bag></xmpMM:Pantry>"),
    ));
    assert!(nested.contains(history) && steps(&nested) == 1, "{nested}");
    let empty = edited(&format!("<rdf:RDF xmlns:rdf=\"{RDF}\"/>"));
    assert_eq!(steps(&empty), 1, "{empty}");
    // Twice edited, twice told.
    assert_eq!(steps(&edited(&edited(&packet("", "")))), 2);
}

#[test]
fn what_is_no_packet_is_refused() {
    let whole = packet("", "");
    for text in [
        "",
        "no xml",
        "<a/>",
        "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"/>",
        &whole[..whole.len() / 2],
        &whole.replace("</rdf:RDF>", ""),
        &whole.replace("<rdf:RDF", "<!DOCTYPE x [<!ENTITY e \"e\">]><rdf:RDF"),
        &packet(" xmp:A=\"1\" xmp:A=\"2\"", ""),
    ] {
        assert!(Xmp::read(text.as_bytes()).is_err(), "{text}");
    }
    let utf_16: Vec<u8> = whole.encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert!(Xmp::read(&utf_16).is_err());
}

#[test]
fn packets_are_split_and_joined() {
    let large = "x".repeat(5000);
    let text =
        packet(" xmp:Label=\"small\"", &format!("<xmp:Large>{large}</xmp:Large><xmp:Small>s</xmp:Small>"));
    let split = Split::of(&text, 3000);
    assert!(
        split.standard.len() <= 3000
            && split.standard.contains("<xmp:Small>s")
            && !split.standard.contains("<xmp:Large>")
    );
    assert!(split.standard.contains(&format!("HasExtendedXMP=\"{}\"", split.name)) && split.name.len() == 32);
    let again = untouched(&joined(&split.standard, &split.extended).unwrap());
    assert!(again.contains(&large) && again.contains("xmp:Label=\"small\""), "{again}");
    // An attribute alone is large: all goes.
    let text = packet(&format!(" xmp:Label=\"{large}\""), "");
    let split = Split::of(&text, 3000);
    assert!(split.standard.len() <= 3000 && !split.extended.contains("xpacket"));
    assert!(untouched(&joined(&split.standard, &split.extended).unwrap()).contains(&large));
}
