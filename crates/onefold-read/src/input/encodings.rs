//! Which encoding fits bytes that are not UTF-8. This is only advice: a person declares the encoding.
//!
//! Any bytes are valid in a single-byte encoding, so the encodings that can fail are tried first. East Asian encodings write a character in
//! two bytes, of which the first is high, and text in another encoding soon breaks their rules. Among the rest, Western text has single
//! high bytes between ASCII letters, and Cyrillic text has words made of high bytes only.

use encoding_rs::{
    BIG5, DecoderResult, EUC_JP, EUC_KR, Encoding, GB18030, SHIFT_JIS, UTF_16BE, UTF_16LE,
};

/// The WHATWG label of the encoding that `text` fits; `None` where it is UTF-8, or nothing can be said.
pub(crate) fn likely_encoding(text: &[u8]) -> Option<&'static str> {
    let error = std::str::from_utf8(text).err()?;
    // A character may be cut at the end of what was read.
    error.error_len()?;
    let high: Vec<u8> = text.iter().copied().filter(|b| *b >= 0x80).collect();
    let most = |of: &dyn Fn(u8) -> bool| {
        let found = high.iter().filter(|b| of(**b)).count();
        found * 10 >= high.len() * 9
    };
    // Letters of Windows code pages stand above 0xC0, those of DOS and old Macs mostly below 0xA0.
    let letters = most(&|b| b >= 0xc0);
    let single = mean_run(text) < 1.5;
    if !single && let Some(found) = east_asian(text) {
        return Some(found);
    }
    match (letters, single) {
        (true, false) => Some("windows-1251"),
        (true, true) => Some("windows-1252"),
        _ if most(&|b| (0x80..0xa0).contains(&b)) => Some("macintosh"),
        _ if single => Some("windows-1252"),
        _ => None,
    }
}

/// Mean length of stretches of high bytes.
fn mean_run(text: &[u8]) -> f64 {
    let runs = text.chunk_by(|a, b| (*a >= 0x80) == (*b >= 0x80));
    let (mut count, mut bytes) = (0u64, 0u64);
    for run in runs.filter(|run| run.first().is_some_and(|b| *b >= 0x80)) {
        count += 1;
        bytes += run.len() as u64;
    }
    bytes as f64 / count.max(1) as f64
}

fn east_asian(text: &[u8]) -> Option<&'static str> {
    let decoded = |encoding: &'static Encoding| {
        let mut decoder = encoding.new_decoder_without_bom_handling();
        let room = decoder.max_utf8_buffer_length_without_replacement(text.len());
        let mut out = vec![0; room?];
        let (result, _, written) =
            decoder.decode_to_utf8_without_replacement(text, &mut out, false);
        out.truncate(written);
        let whole = matches!(result, DecoderResult::InputEmpty);
        String::from_utf8(out).ok().filter(|_| whole)
    };
    let fits = |encoding, usual: fn(char) -> bool, percent| {
        decoded(encoding).is_some_and(|text| share(&text, usual) >= percent)
    };
    let is_kana = |c| matches!(c, '\u{3040}'..='\u{30ff}');
    let is_hangul = |c| matches!(c, '\u{ac00}'..='\u{d7a3}');
    let usual = |c| matches!(c, '\u{3000}'..='\u{30ff}' | '\u{4e00}'..='\u{9fff}' | '\u{ff01}'..='\u{ff5e}');
    if fits(SHIFT_JIS, usual, 80) {
        return Some("shift_jis");
    }
    if fits(EUC_JP, usual, 80) && fits(EUC_JP, is_kana, 10) {
        return Some("euc-jp");
    }
    // Chinese characters would be among them.
    if fits(EUC_KR, is_hangul, 90) {
        return Some("euc-kr");
    }
    let low = low_second_bytes(text);
    if low < 0.1 && fits(GB18030, usual, 80) {
        return Some("gb18030");
    }
    (low >= 0.1 && fits(BIG5, usual, 80)).then_some("big5")
}

/// How many in a hundred of the characters beyond ASCII are such.
fn share(text: &str, of: fn(char) -> bool) -> usize {
    let beyond = || text.chars().filter(|c| !c.is_ascii());
    let found = beyond().filter(|c| of(*c)).count();
    found * 100 / beyond().count().max(1)
}

/// The share of characters of two bytes whose second is ASCII: none in common Chinese of the mainland, many in that of Taiwan.
fn low_second_bytes(text: &[u8]) -> f64 {
    let (mut pairs, mut low) = (0u32, 0u32);
    let mut bytes = text.iter();
    while let Some(first) = bytes.next() {
        if *first >= 0x80
            && let Some(second) = bytes.next()
        {
            pairs += 1;
            low += u32::from(*second < 0x80);
        }
    }
    f64::from(low) / f64::from(pairs.max(1))
}

/// ASCII text in UTF-16 has a zero in every other byte.
pub(super) fn utf16_without_bom(head: &[u8]) -> Option<&'static Encoding> {
    let sample = &head[..head.len().min(512) & !1];
    if sample.len() < 8 {
        return None;
    }
    let pairs = sample.len() / 2;
    let zeros = |odd: usize| {
        sample
            .iter()
            .skip(odd)
            .step_by(2)
            .filter(|b| **b == 0)
            .count()
    };
    match (zeros(0), zeros(1)) {
        (0, n) if n * 10 >= pairs * 7 => Some(UTF_16LE),
        (n, 0) if n * 10 >= pairs * 7 => Some(UTF_16BE),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_of_real_text() {
        let western = "id,name,city\n1,Zo\u{eb} M\u{fc}ller,Z\u{fc}rich\n2,Jos\u{e9} Garc\u{ed}a,M\u{e1}laga\n";
        let cyrillic = "id,name\n1,\u{418}\u{432}\u{430}\u{43d} \u{41f}\u{435}\u{442}\u{440}\u{43e}\u{432}\n2,\u{41e}\u{43b}\u{44c}\u{433}\u{430}\n";
        let chinese =
            "id,name\n1,\u{738b}\u{5c0f}\u{660e}\n2,\u{5f20}\u{4f1f}\u{ff0c}\u{5317}\u{4eac}\n";
        let japanese = "id,name\n1,\u{5c71}\u{7530}\u{592a}\u{90ce}\n2,\u{3059}\u{305a}\u{304d}\u{30b9}\u{30ba}\n";
        let korean = "id,name\n1,\u{ae40}\u{cca0}\u{c218}\n2,\u{c774}\u{c601}\u{d76c}\n";
        for (label, text) in [
            ("windows-1252", western),
            ("windows-1251", cyrillic),
            ("gb18030", chinese),
            ("shift_jis", japanese),
            ("euc-kr", korean),
        ] {
            let encoding = Encoding::for_label(label.as_bytes()).expect("an encoding");
            let (bytes, ..) = encoding.encode(text);
            assert_eq!(likely_encoding(&bytes), Some(label));
        }
        assert_eq!(likely_encoding(western.as_bytes()), None);
        assert_eq!(likely_encoding(b"id,name\n1,Ann\n"), None);
        // Cut within a character.
        assert_eq!(
            likely_encoding("Zo\u{eb}".as_bytes().split_last().expect("bytes").1),
            None
        );
    }
}
