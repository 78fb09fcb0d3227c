//! What the name of a column says: words in several languages, each with the role that it hints at.
//!
//! A hint decides nothing by itself: the values must bear it out.

pub(crate) use crate::hints::Role;
use crate::hints::{ANYWHERE, ID_WORDS, OWNER_WHOLE, OWNERS, SESSION, TOTALS, WHOLE};

/// The words of a name, in lower case and without accents: `E-Mail-Adresse` is `e mail adresse`, `eventTime` is `event time`.
pub(crate) fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut was_lower = false;
    for c in name.chars() {
        if !c.is_alphanumeric() {
            words.push(String::new());
            was_lower = false;
            continue;
        }
        if c.is_uppercase() && was_lower {
            words.push(String::new());
        }
        was_lower = c.is_lowercase() || c.is_numeric();
        if let Some(word) = words.last_mut() {
            c.to_lowercase().for_each(|c| fold(c, word));
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Appends a letter as it is written without accents.
pub(crate) fn fold(c: char, out: &mut String) {
    match c {
        'ä' => out.push_str("ae"),
        'ö' | 'ø' => out.push_str("oe"),
        'ü' => out.push_str("ue"),
        'ß' => out.push_str("ss"),
        'à' | 'á' | 'â' | 'ã' | 'å' => out.push('a'),
        'è' | 'é' | 'ê' | 'ë' => out.push('e'),
        'ì' | 'í' | 'î' | 'ï' => out.push('i'),
        'ò' | 'ó' | 'ô' | 'õ' => out.push('o'),
        'ù' | 'ú' | 'û' => out.push('u'),
        'ç' => out.push('c'),
        'ñ' => out.push('n'),
        'ł' => out.push('l'),
        c => out.push(c),
    }
}

/// The role that a column's name hints at; `path` is its place in a record.
pub(crate) fn role(path: &[String]) -> Option<Role> {
    let words: Vec<String> = path.iter().flat_map(|part| words(part)).collect();
    let last_part = path
        .last()
        .map(|part| self::words(part))
        .unwrap_or_default();
    let whole = last_part.join(" ");
    if let Some(role) = identifier(&words) {
        return Some(role);
    }
    if let Some((role, _)) = WHOLE
        .iter()
        .find(|(_, names)| names.contains(&whole.as_str()))
    {
        return Some(*role);
    }
    // Of times and amounts the last key speaks, of people's data the whole path: `name.first`.
    let (all, last) = (format!(" {} ", words.join(" ")), format!(" {whole} "));
    let found = ANYWHERE.iter().find(|(role, phrases)| {
        let text = match role {
            Role::Time | Role::Amount | Role::Flag => &last,
            _ => &all,
        };
        phrases
            .iter()
            .any(|phrase| text.contains(&format!(" {phrase} ")))
    });
    found.map(|(role, _)| *role)
}

/// Whether the words name an identifier, and whose.
fn identifier(words: &[String]) -> Option<Role> {
    let has = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    let whole = words.join(" ");
    let is_phone = has(&[
        "phone",
        "telefon",
        "telephone",
        "mobile",
        "mobil",
        "tel",
        "fax",
        "cell",
        "handy",
    ]);
    let last = words.last()?.as_str();
    if is_phone || has(&["zip", "postal", "country", "postcode"]) {
        return None;
    }
    if OWNER_WHOLE.contains(&whole.as_str()) {
        return Some(Role::Owner);
    }
    let is_id = ID_WORDS.contains(&last);
    if has(SESSION) && (is_id || words.len() == 1) {
        return Some(Role::Session);
    }
    if is_id && has(OWNERS) {
        return Some(Role::Owner);
    }
    let is_glued = last.len() > 3 && (last.ends_with("nummer") || last.ends_with("_id"));
    (is_id || is_glued).then_some(Role::Id)
}

/// Whether a text is the head of a line of totals, or of a note at the end of a file.
pub(crate) fn begins_total(text: &str) -> bool {
    let words = words(text);
    let first = words.first().map(String::as_str).unwrap_or_default();
    let second = words.get(1).map(String::as_str).unwrap_or_default();
    TOTALS.contains(&first)
        || first == "grand" && second == "total"
        || first == "end" && second == "of"
}

/// Whether the name of a file or folder says that its records are people.
pub(crate) fn names_people(name: &str) -> bool {
    const PEOPLE: &[&str] = &[
        "customer",
        "customers",
        "contact",
        "contacts",
        "people",
        "person",
        "persons",
        "users",
        "user",
        "members",
        "crm",
        "kunden",
        "kontakte",
        "personen",
        "leads",
        "profiles",
        "subscribers",
        "clients",
        "clientes",
        "mitglieder",
        "newsletter",
        "accounts",
        "patients",
        "employees",
        "guests",
    ];
    words(name)
        .iter()
        .any(|word| PEOPLE.contains(&word.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_names() {
        for (name, expected) in [
            ("E-Mail-Adresse", "e mail adresse"),
            ("eventTime", "event time"),
            ("Straße / Nr.", "strasse nr"),
            ("PLZ", "plz"),
            ("user_id", "user id"),
            ("Prénom", "prenom"),
        ] {
            assert_eq!(words(name).join(" "), expected, "{name}");
        }
    }

    #[test]
    fn roles_of_names() {
        for (name, expected) in [
            ("E-Mail-Adresse", Some(Role::Email)),
            ("mail", Some(Role::Email)),
            ("contact.email", Some(Role::Email)),
            ("Telefon", Some(Role::Phone)),
            ("phone_number", Some(Role::Phone)),
            ("Vorname", Some(Role::FirstName)),
            ("name.first", Some(Role::FirstName)),
            ("last_name", Some(Role::LastName)),
            ("Geburtsdatum", Some(Role::BirthDate)),
            ("PLZ", Some(Role::Postcode)),
            ("Straße", Some(Role::Street)),
            ("Ort", Some(Role::City)),
            ("Umsatz", Some(Role::Amount)),
            ("amount", Some(Role::Amount)),
            ("customer_id", Some(Role::Owner)),
            ("user_uuid", Some(Role::Owner)),
            ("Kundennummer", Some(Role::Owner)),
            ("session_id", Some(Role::Session)),
            ("order_no", Some(Role::Id)),
            ("id", Some(Role::Id)),
            ("event_time", Some(Role::Time)),
            ("createdAt", Some(Role::Time)),
            ("product_name", None),
            ("name", Some(Role::FullName)),
            ("status", None),
            ("is_active", Some(Role::Flag)),
        ] {
            let path: Vec<String> = name.split('.').map(str::to_owned).collect();
            assert_eq!(role(&path), expected, "{name}");
        }
    }
}
