//! Words in the names of columns, in English, German, French, Spanish, Italian and Dutch, and what they hint at.
//!
//! Words are without accents, and `first name` is also `firstname` and `first_name`.

use super::role::Role;

/// What a word or two in the name of a column hint at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hint {
    /// A role.
    Is(Role),
    /// A name of somebody or something. The columns beside it tell which part of a name it is.
    Name,
    /// A given name beside a family name, else a whole name: `nombre`.
    FirstOrFull,
    /// A family name beside a given name, else a whole name: `nom`.
    LastOrFull,
    /// A whole person, who may be told by name, number or address: `customer`.
    Whoever,
    /// Something of a birth.
    Birth,
    /// A number of something.
    Number,
    /// Dr or director.
    Title,
    /// A whole address, or a line of it.
    Address,
    /// A company, if the values say so.
    Employer,
    /// A day or a time, of what remains open.
    When,
    /// Nothing about who it is, wherever it stands.
    Never,
    /// Nothing about who it is, if it stands last.
    Aside,
    /// A thing: its name or number is nobody's.
    Thing,
    /// Somebody at work on the record: the name is not the customer's.
    Staff,
    /// Another person who belongs to this one.
    Relative,
}

/// Words that mean something only at the end of a name: `name.last`, but `last_seen`.
pub(super) const AT_END: &[(Hint, &str)] = &[
    (Hint::Is(Role::FirstName), "first, given, fore, voor"),
    (Hint::Is(Role::LastName), "last, family, sur"),
    (Hint::Is(Role::MiddleName), "middle, mid, mi"),
    (Hint::Is(Role::FullName), "full"),
    (Hint::Is(Role::Street), "line, str, via"),
    (Hint::Is(Role::Country), "land"),
    (Hint::Is(Role::Gender), "m f, w m"),
    (Hint::Is(Role::Company), "org"),
    (Hint::Is(Role::Address), "formatted"),
    (Hint::Is(Role::State), "region, regione, st"),
    (Hint::Is(Role::Email), "mail"),
    (Hint::Is(Role::Postcode), "postal, cap, cp"),
];

/// Words that mean the same wherever they stand.
pub(super) const ANYWHERE: &[(Hint, &str)] = &[
    (
        Hint::Is(Role::FullName),
        "full name, first and surname, first and last name, first last name, first last, given and family name, complete name, name full, display name, card name, cardholder, account holder, \
        vollstandiger name, nom complet, nombre completo, nombre y apellido, nombre y apellidos, nome completo, nome e cognome, nominativo, volledige naam, \
        ansprechpartner, kontaktperson, vor und nachname, vor und zuname, kontoinhaber, nom et prenom, nom prenom, prenom nom, recipient, empfanger, destinataire",
    ),
    (
        Hint::Is(Role::FirstName),
        "first name, f name, given name, given names, fore name, christian name, preferred name, name first, name given, \
        first nm, vorname, vornamen, rufname, prenom, prenoms, nombre de pila, primer nombre, voornaam, voornamen, roepnaam",
    ),
    (
        Hint::Is(Role::MiddleName),
        "middle name, midl, midl name, middle nm, m name, middle names, middle initial, second name, additional name, name middle, zweitname, zweiter vorname, \
        deuxieme prenom, segundo nombre, secondo nome, tussenvoegsel, tweede naam",
    ),
    (
        Hint::Is(Role::LastName),
        "last name, l name, surname, sur name, family name, name last, name family, last nm, second surname, \
        nachname, nachnamen, familienname, zuname, nom de famille, apellido, apellidos, primer apellido, segundo apellido, cognome, achternaam, familienaam",
    ),
    (
        Hint::Is(Role::Suffix),
        "suffix, sufx, name sufx, name suffix, generation, namenszusatz, suffixe, sufijo, suffisso, achtervoegsel",
    ),
    (
        Hint::Is(Role::Email),
        "email, e mail, email address, mail address, electronic mail, smtp, smtp addr, smtp address, emailadresse, mailadresse, courriel, adresse mail, \
        adresse email, adresse electronique, correo, correo electronico, posta elettronica, indirizzo email, mailadres, emailadres",
    ),
    (
        Hint::Is(Role::Phone),
        "phone, telephone, tel, phone number, mobile, mobile number, cell, cell phone, cellular, landline, fax, msisdn, whatsapp, \
        telefon, telefonnummer, telefonnr, fon, mobil, mobilnummer, mobiltelefon, mobilfunk, handy, handynummer, rufnummer, festnetz, natel, telefax, \
        telephone portable, portable, telefono, telefone, movil, celular, cellulare, telefoon, telefoonnummer, mobiel, gsm, sms",
    ),
    (
        Hint::Is(Role::BirthDate),
        "birth date, date of birth, dob, birthday, bday, b date, birth dt, born, born on, d o b, \
        geburtsdatum, geb datum, geb dat, geburtstag, geb, geb am, geboren, geboren am, date de naissance, date naissance, ne le, nee le, \
        fecha de nacimiento, fecha nacimiento, fecha nac, nacimiento, data di nascita, data nascita, nato il, geboortedatum, geboorte datum",
    ),
    (
        Hint::Is(Role::BirthYear),
        "birth year, year of birth, yob, geburtsjahr, annee de naissance, annee naissance, ano de nacimiento, anno di nascita, anno nascita, geboortejaar",
    ),
    (
        Hint::Is(Role::BirthMonth),
        "birth month, month of birth, geburtsmonat, mois de naissance, mes de nacimiento, mese di nascita, geboortemaand",
    ),
    (
        Hint::Is(Role::BirthDay),
        "day of birth, geburtstag tag, jour de naissance, dia de nacimiento, giorno di nascita, geboortedag",
    ),
    (
        Hint::Is(Role::PersonId),
        "ssn, social security, soc sec, soc sec id, soc sec no, sin number, social insurance, passport, passport no, national id, national identification, \
        identity card, id card, id document, drivers license, driver license, drivers licence, driver licence, driving licence, driving license, dl number, license number, licence number, \
        license no, licence no, tax id, tax number, tin, ein, vat, vat id, vat number, lei, nhs number, nhs, medicare, aadhaar, pan number, \
        loyalty, loyalty card, membership number, membership no, member no, member number, membership id, frequent flyer, \
        reisepass, reisepassnummer, pass nr, passnummer, ausweis, ausweisnummer, personalausweis, fuhrerschein, fuehrerschein, fuhrerscheinnummer, fuhrerscheinnr, \
        sozialversicherungsnummer, versichertennummer, krankenkassennummer, svnr, sv nummer, ahv, ahv nummer, steuer id, steuernummer, steuer nr, ust id, ustid, ustidnr, umsatzsteuer id, uid nummer, \
        mitgliedsnummer, mitgliedsnr, mitglied nr, kundenkarte, kundenkartennummer, iban, bank account number, \
        numero de securite sociale, securite sociale, nir, numero fiscal, tva, carte de fidelite, passeport, permis de conduire, carte d identite, \
        dni, nie, nif, cif, curp, rfc, pasaporte, licencia de conducir, cedula, codice fiscale, partita iva, p iva, passaporto, patente, carta d identita, \
        bsn, burgerservicenummer, paspoort, paspoortnummer, rijbewijs, btw, btw nummer, personnummer, cpf, pesel",
    ),
    (
        Hint::Is(Role::HouseNumber),
        "house number, house no, house nr, house num, street number, street no, street nr, building number, \
        hausnummer, haus nr, hausnr, hnr, strassennummer, numero de rue, numero voie, numero de calle, numero exterior, numero civico, civico, huisnummer, huisnr",
    ),
    (
        Hint::Is(Role::Street),
        "street, street name, street address, address line, addr line, address 1, address 2, address 3, address street, addr 1, addr 2, street 1, street 2, line 1, line 2, \
        road, apartment, apt, unit number, address extra, adresszusatz, adresszeile, \
        strasse, str nr, strasse nr, strasse hausnummer, strasse und hausnummer, strassenname, rue, voie, adresse 1, adresse 2, adresse ligne, complement adresse, complement d adresse, \
        calle, direccion 1, direccion 2, direccion linea, via e numero, indirizzo 1, indirizzo 2, straat, straatnaam, adresregel, toevoeging",
    ),
    (
        Hint::Is(Role::Address),
        "full address, address full, addr full, complete address, formatted address, whole address, vollstandige adresse, adresse complete, \
        direccion completa, indirizzo completo, volledig adres",
    ),
    (
        Hint::Is(Role::Postcode),
        "postcode, post code, postal code, zip, zip code, zip postal code, postal zip code, pin code, eircode, plz, pstlz, postleitzahl, post leit zahl, \
        code postal, codigo postal, cod postal, codice postale, codice avviamento postale, cap code, codice cap, postnummer",
    ),
    (
        Hint::Is(Role::City),
        "city, town, suburb, locality, municipality, post town, village, city name, ort, wohnort, ortschaft, stadt, ortsteil, gemeinde, \
        ville, commune, localite, ciudad, localidad, poblacion, municipio, citta, comune, localita, plaats, woonplaats, stad, gemeente",
    ),
    (
        Hint::Is(Role::State),
        "state, state name, state code, state province, province, province code, province name, county, state region, region code, region name, territory, prefecture, \
        bundesland, kanton, departement, etat, estado, provincia, comunidad autonoma, provincie",
    ),
    (
        Hint::Is(Role::Country),
        "country, country code, country name, country region, country of residence, iso country, wohnland, landercode, laendercode, landerkennzeichen, lkz, \
        pays, code pays, pais, codigo pais, paese, nazione, landcode",
    ),
    (
        Hint::Is(Role::Company),
        "company, company name, organization, organisation, organization name, organisation name, name org, business name, legal name, trading name, firm, corporation, \
        associated company, firma, firmenname, firmierung, unternehmen, organisationsname, societe, entreprise, raison sociale, nom de l entreprise, \
        empresa, razon social, sociedad, azienda, ragione sociale, societa, ditta, bedrijf, bedrijfsnaam, organisatie",
    ),
    (
        Hint::Employer,
        "employer, employer name, arbeitgeber, employeur, empleador, datore di lavoro, werkgever, workplace, works for",
    ),
    (
        Hint::Is(Role::Gender),
        "gender, sex, geschlecht, genre, sexe, sexo, genero, sesso, genere, geslacht",
    ),
    (Hint::Is(Role::Code), "last 4, last four, fingerprint"),
    (
        Hint::Is(Role::Text),
        "occupation, profession, job, job title, job role, jobtitle, department, nationality, citizenship, religion, ethnicity, race, marital, marital status, education, industry, \
        login, login name, screen name, handle, nick, nickname, nick name, alias, aka, maiden name, birth name, former name, previous name, skype, twitter, x handle, instagram, \
        beruf, abteilung, position, staatsangehorigkeit, nationalitat, nationalitaet, konfession, familienstand, branche, geburtsname, madchenname, geborene, spitzname, \
        metier, poste, nationalite, nom de jeune fille, nom de naissance, pseudo, ocupacion, profesion, puesto, nacionalidad, apodo, \
        professione, mestiere, nazionalita, soprannome, beroep, functie, nationaliteit, meisjesnaam, neighborhood, neighbourhood, district",
    ),
    (
        Hint::Name,
        "name, naam, person name, contact name, customer name, client name, billing name, shipping name, account name, account, acct, kundenname, kontaktname, personenname, klantnaam",
    ),
    (Hint::FirstOrFull, "nombre, nome"),
    (Hint::LastOrFull, "nom"),
    (
        Hint::Whoever,
        "username, benutzername, contact, customer, client, person, member, patient, user, kunde, kontakt, mitglied, cliente, contatto, contacto, usuario, utente, klant, guest, gast, subscriber, cust",
    ),
    (
        Hint::Birth,
        "birth, geburt, geburts, naissance, nascita, geboorte, geburtsort, geburtsland, geboorteplaats, birthplace",
    ),
    (
        Hint::Address,
        "address, addr, adresse, anschrift, direccion, domicilio, indirizzo, adres, wohnanschrift, lieferadresse, rechnungsadresse, mailing address, home address",
    ),
    (
        Hint::Number,
        "id, ids, uuid, guid, uid, key, no, nr, num, number, rec, record, identifier, index, row, pk, code, ref, reference, sku, \
        nummer, lfd nr, kennung, schlussel, kundennummer, kundennr, kunden nr, debitor, debitorennummer, satznummer, numero, identifiant, identificador, codigo, codice, klantnummer, volgnummer, hash, external id",
    ),
    (
        Hint::Title,
        "title, salutation, prefix, name prefix, name title, honorific, anrede, titel, grad, civilite, titre, titulo, tratamiento, titolo, aanhef",
    ),
    (
        Hint::When,
        "date, datum, time, day, month, year, dt, data, fecha, dag, jour, zeit, tag, jahr, monat, annee, anno, ano, since, seit, until, expiry, expires, expiration",
    ),
    (
        Hint::Never,
        "number of, created, creation, create, updated, update, modified, changed, inserted, deleted, timestamp, ts, datetime, modstamp, event time, synced, imported, exported, processed, \
        seen, visit, visits, activity, registered, registration, signup, sign up, signed up, joined, subscribed, unsubscribed, last login, last order, last purchase, first order, first purchase, \
        consent, opt in, optin, opt out, optout, opted, accepts, marketing, newsletter, gdpr, dsgvo, einwilligung, permission, do not call, bounced, exempt, verified, delinquent, \
        utm, campaign, issued, issuing, issue, valid from, valid to, latitude, longitude, lat, lng, lon, geo, timezone, time zone, gmtoff, dstoff, user agent, browser, \
        url, uri, website, web site, web page, homepage, webseite, internet, site web, sitio web, sito web, sito, linkedin, facebook, photo, image, avatar, picture, \
        password, passwd, user pass, pwd, salt, note, notes, comment, comments, remarks, description, memo, notiz, notizen, bemerkung, bemerkungen, kommentar, beschreibung, remarque, commentaire, observaciones, descripcion, descrizione, opmerking, \
        currency, wahrung, waehrung, devise, moneda, valuta, language, sprache, langue, idioma, lingua, taal, locale, \
        erstellt, erstellt am, geandert, geaendert, angelegt, anmeldedatum, registriert, kundeseit, cree le, modifie, creado, modificado, creato, modificato, aangemaakt, gewijzigd, extension, ext",
    ),
    (
        Hint::Aside,
        "type, typ, kind, art, tipo, soort, category, kategorie, categorie, categoria, class, group, gruppe, segment, tier, status, stage, phase, stato, etat dossier, \
        flag, active, aktiv, enabled, role, rolle, source, quelle, herkunft, channel, kanal, origin, medium, referrer, tags, \
        amount, betrag, price, preis, prix, precio, prezzo, prijs, total, sum, summe, net, netto, gross, brutto, revenue, umsatz, turnover, spend, spent, balance, saldo, credit, \
        cost, kosten, fee, discount, rabatt, tax, steuer, quantity, qty, menge, anzahl, count, orders, order count, transactions, purchases, refunds, cancellations, invoices, payments, sources, records, clicks, views, pageviews, sessions, tickets, opens, points, punkte, score, rating, rank, level, percent, rate, income, salary, gehalt, \
        age, alter, age group, volume, losses, funding, brand, method, payment, payment method, zahlungsart, ip, ip address, device, os, version, file, filename, path, confidence, reason, grund, message, error, start, end, duration, size, weight, lifetime",
    ),
    (
        Hint::Thing,
        "product, produkt, item, article, artikel, order, bestellung, invoice, rechnung, lineitem, line item, event, plan, subscription, list, page, store, shop, branch, filiale, \
        warehouse, project, projekt, deal, opportunity, ticket, session, transaction, shipment, vendor, carrier, dataset, table, column, team, queue, domain, host, server, school, bank",
    ),
    (
        Hint::Staff,
        "owner, manager, assistant, reports to, agent, sales rep, salesperson, rep, account manager, assigned, assigned to, assignee, besitzer, betreuer, sachbearbeiter, bearbeiter, \
        berater, kundenbetreuer, vertreter, vendedor, commercial, venditore, parent, anchor, pointer, doctor, physician, referred by, hausarzt",
    ),
    (
        Hint::Relative,
        "mother, father, mothers, fathers, spouse, husband, wife, partner, emergency, guardian, next of kin, child, beneficiary, mutter, vater, ehepartner, ehegatte, notfall, notfallkontakt, \
        mere, pere, conjoint, madre, padre, conyuge, coniuge, moeder, vader, noodcontact",
    ),
];

/// Words that are glued to the front of others: `billingcity`, `Rechnungsort`.
pub(super) const PREFIXES: &[&str] = &[
    "rechnungs",
    "lieferungs",
    "liefer",
    "kunden",
    "privat",
    "geschafts",
    "geschaefts",
    "firmen",
    "versand",
    "kontakt",
    "mitglieds",
    "patienten",
    "billing",
    "bill",
    "shipping",
    "ship",
    "delivery",
    "mailing",
    "customer",
    "cust",
    "contact",
    "client",
    "user",
    "person",
    "primary",
    "secondary",
    "home",
    "work",
    "other",
    "lead",
    "member",
    "patient",
    "guest",
    "buyer",
    "personal",
    "business",
    "current",
    "default",
    "c",
    "p",
];
