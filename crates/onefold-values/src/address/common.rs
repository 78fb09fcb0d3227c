//! Common words of addresses, and what they are in short: USPS Publication 28, appendix C1, C2 and B.

/// A common word of addresses: what it is in short.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Common {
    Street(&'static str),
    Unit(&'static str),
    Direction(&'static str),
}

/// Letters of a common word at most.
const LONGEST: usize = 10;

/// What a word is, if it is a common one of addresses.
pub(super) fn common(word: &str) -> Option<Common> {
    let mut lower = [0; LONGEST];
    let lower = lower.get_mut(..word.len())?;
    lower.copy_from_slice(word.as_bytes());
    lower.make_ascii_lowercase();
    Some(match &*lower {
        b"alley" | b"ally" => Common::Street("Aly"),
        b"avenue" | b"av" | b"aven" | b"avn" | b"ave" => Common::Street("Ave"),
        b"boulevard" | b"boul" | b"blv" | b"blvd" => Common::Street("Blvd"),
        b"causeway" => Common::Street("Cswy"),
        b"circle" | b"circ" | b"cir" => Common::Street("Cir"),
        b"court" | b"ct" => Common::Street("Ct"),
        b"crescent" | b"cres" => Common::Street("Cres"),
        b"crossing" | b"xing" => Common::Street("Xing"),
        b"drive" | b"drv" | b"dr" => Common::Street("Dr"),
        b"expressway" | b"expy" => Common::Street("Expy"),
        b"freeway" | b"fwy" => Common::Street("Fwy"),
        b"highway" | b"hiway" | b"hwy" => Common::Street("Hwy"),
        b"lane" | b"ln" => Common::Street("Ln"),
        b"parkway" | b"pkway" | b"pkwy" => Common::Street("Pkwy"),
        b"place" | b"pl" => Common::Street("Pl"),
        b"plaza" | b"plz" => Common::Street("Plz"),
        b"road" | b"rd" => Common::Street("Rd"),
        b"route" | b"rte" => Common::Street("Rte"),
        b"square" | b"sqr" | b"sq" => Common::Street("Sq"),
        b"street" | b"strt" | b"st" | b"str" => Common::Street("St"),
        b"terrace" | b"terr" | b"ter" => Common::Street("Ter"),
        b"trail" | b"trl" => Common::Street("Trl"),
        b"turnpike" | b"tpke" => Common::Street("Tpke"),
        b"apartment" | b"apt" => Common::Unit("Apt"),
        b"building" | b"bldg" => Common::Unit("Bldg"),
        b"department" | b"dept" => Common::Unit("Dept"),
        b"flat" => Common::Unit("Flat"),
        b"room" | b"rm" => Common::Unit("Rm"),
        b"suite" | b"ste" => Common::Unit("Ste"),
        b"unit" => Common::Unit("Unit"),
        b"north" | b"n" => Common::Direction("N"),
        b"south" | b"s" => Common::Direction("S"),
        b"east" | b"e" => Common::Direction("E"),
        b"west" | b"w" => Common::Direction("W"),
        b"northeast" | b"ne" => Common::Direction("NE"),
        b"northwest" | b"nw" => Common::Direction("NW"),
        b"southeast" | b"se" => Common::Direction("SE"),
        b"southwest" | b"sw" => Common::Direction("SW"),
        _ => return None,
    })
}
