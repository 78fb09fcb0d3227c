//! Words that stand in the values: the commonest names of the world, countries, states, words of streets and of companies. All are folded.

use std::sync::LazyLock;

use hashbrown::HashSet;

/// A list of words or phrases.
pub(super) type List = HashSet<&'static str>;

fn list(words: &'static str) -> List {
    words.split(',').map(str::trim).collect()
}

/// Given names, from many countries.
pub(super) static GIVEN: LazyLock<List> = LazyLock::new(|| {
    list(
        "james, john, robert, michael, william, david, richard, joseph, thomas, charles, christopher, daniel, matthew, anthony, mark, steven, paul, andrew, \
        joshua, kenneth, kevin, brian, george, edward, ronald, timothy, jason, jeffrey, ryan, jacob, gary, nicholas, eric, jonathan, stephen, larry, justin, \
        scott, brandon, benjamin, samuel, gregory, frank, alexander, raymond, patrick, jack, dennis, jerry, tyler, aaron, jose, adam, nathan, henry, peter, \
        kyle, walter, harold, carl, arthur, roger, albert, joe, harry, oliver, oscar, leo, noah, liam, ethan, mason, logan, lucas, luke, dylan, connor, isaac, \
        mary, patricia, jennifer, linda, elizabeth, barbara, susan, jessica, sarah, karen, lisa, nancy, betty, sandra, ashley, kimberly, emily, donna, michelle, \
        carol, amanda, dorothy, melissa, deborah, stephanie, rebecca, sharon, laura, cynthia, kathleen, amy, angela, anna, brenda, pamela, emma, nicole, helen, \
        samantha, katherine, christine, rachel, carolyn, janet, catherine, maria, heather, diane, ruth, julie, olivia, joyce, virginia, victoria, kelly, lauren, \
        christina, joan, evelyn, judith, megan, andrea, cheryl, hannah, jacqueline, martha, teresa, ann, anne, sara, madison, jean, alice, amelia, isla, ava, \
        mia, ella, sophie, sophia, lily, grace, chloe, ruby, lucy, molly, freya, eleanor, maisie, jane, margaret, kate, zoe, abigail, isabella, charlotte, lachlan, \
        bob, bill, jim, tom, mike, dave, ed, sam, ben, dan, matt, tim, nick, tony, steve, jeff, chris, alex, kim, pat, liz, sue, jenny, fred, alan, simon, \
        hans, klaus, jurgen, wolfgang, stefan, andreas, markus, sebastian, florian, tobias, jan, lukas, felix, max, maximilian, jonas, uwe, heinz, dieter, karl, \
        ursula, monika, petra, sabine, renate, helga, karin, brigitte, ingrid, gisela, claudia, katharina, julia, lena, anja, heike, birgit, martina, susanne, ute, \
        pierre, michel, philippe, jacques, francois, louis, nicolas, julien, antoine, guillaume, camille, marie, nathalie, isabelle, sylvie, monique, \
        francoise, valerie, manon, lea, ines, claire, elodie, juan, carlos, luis, javier, miguel, antonio, manuel, francisco, jesus, pedro, pablo, diego, alejandro, \
        fernando, rafael, jorge, carmen, ana, isabel, pilar, dolores, lucia, elena, marta, rosa, sofia, beatriz, guadalupe, giuseppe, giovanni, francesco, marco, \
        alessandro, luca, andrea, matteo, lorenzo, paolo, giulia, chiara, francesca, paola, giorgia, daan, sem, pieter, johannes, cornelis, hendrik, willem, sanne, \
        anouk, femke, ahmed, ahmad, mohamed, mohammed, muhammad, mohammad, ali, hassan, hussein, ibrahim, omar, youssef, khalid, abdul, fatima, aisha, zainab, \
        mariam, layla, noor, mehmet, mustafa, ayse, fatma, emine, wei, jie, ming, fang, li, xin, hiroshi, kenji, takashi, yuki, yoko, sakura, ji, min, raj, rahul, \
        amit, sanjay, vijay, anil, priya, anita, sunita, pooja, deepak, ravi, ivan, sergey, dmitry, aleksandr, vladimir, mikhail, nikolai, olga, natalia, tatiana, \
        svetlana, irina, ekaterina, piotr, krzysztof, andrzej, tomasz, pawel, katarzyna, malgorzata, agnieszka, zofia, lars, erik, anders, johan, nils, mikael, \
        kristina, astrid, sven, bjorn, joao, pedro, tiago, rui, nguyen, thi, kofi, kwame, chidi, amina, chinedu, thabo, nkosi, siti, budi, putri",
    )
});

/// Family names, from many countries.
pub(super) static FAMILY: LazyLock<List> = LazyLock::new(|| {
    list(
        "smith, johnson, williams, brown, jones, garcia, miller, davis, rodriguez, martinez, hernandez, lopez, gonzalez, wilson, anderson, thomas, taylor, moore, \
        jackson, martin, lee, perez, thompson, white, harris, sanchez, clark, clarke, ramirez, lewis, robinson, walker, young, allen, king, wright, torres, hill, flores, \
        green, adams, nelson, baker, hall, rivera, campbell, mitchell, carter, roberts, gomez, phillips, evans, turner, diaz, parker, cruz, edwards, collins, reyes, \
        stewart, morris, morales, murphy, cook, rogers, gutierrez, ortiz, morgan, cooper, peterson, bailey, reed, kelly, howard, ramos, kim, cox, ward, richardson, \
        watson, brooks, chavez, wood, bennett, gray, mendoza, ruiz, hughes, price, alvarez, castillo, sanders, patel, myers, long, ross, foster, davies, khan, singh, \
        muller, mueller, schmidt, schneider, fischer, weber, meyer, meier, wagner, becker, schulz, hoffmann, schafer, schaefer, koch, bauer, richter, klein, wolf, \
        schroder, schroeder, neumann, schwarz, zimmermann, braun, kruger, hofmann, hartmann, lange, krause, lehmann, bernard, dubois, petit, durand, leroy, moreau, \
        laurent, lefebvre, michel, bertrand, roux, fournier, girard, rossi, russo, ferrari, esposito, bianchi, romano, colombo, ricci, marino, greco, fernandez, \
        jimenez, moreno, munoz, alonso, romero, navarro, dominguez, vazquez, gil, serrano, jong, jansen, vries, bakker, visser, smit, mulder, bos, vos, \
        silva, santos, oliveira, souza, pereira, costa, ferreira, almeida, nguyen, tran, le, pham, wang, li, zhang, liu, chen, yang, huang, zhao, wu, zhou, tanaka, \
        suzuki, sato, takahashi, watanabe, ito, yamamoto, park, choi, kumar, sharma, gupta, shah, ali, hussain, ahmed, yilmaz, kaya, demir, ivanov, ivanova, petrov, \
        smirnov, kuznetsov, popov, nowak, kowalski, wisniewski, wojcik, hansen, johansen, olsen, larsen, andersen, nielsen, jensen, andersson, johansson, karlsson, nilsson, \
        griffiths, harrison, walsh, shaw, webb, palmer, holmes, mills, ryan, byrne, oneill, osullivan, mcdonald, macdonald, kennedy, graham, murray, hamilton, wallace",
    )
});

/// Countries by name, in several languages, and by code.
pub(super) static COUNTRIES: LazyLock<List> = LazyLock::new(|| {
    list(
        "us, usa, u.s., u.s.a., united states, united states of america, uk, gb, gbr, united kingdom, great britain, england, scotland, wales, northern ireland, ie, irl, ireland, ca, can, canada, \
        au, aus, australia, nz, nzl, new zealand, de, deu, d, germany, deutschland, allemagne, alemania, germania, duitsland, at, aut, a, austria, osterreich, oesterreich, autriche, oostenrijk, ch, che, \
        switzerland, schweiz, suisse, svizzera, suiza, zwitserland, fr, fra, france, frankreich, francia, frankrijk, es, esp, spain, spanien, espana, espagne, spagna, spanje, \
        it, ita, italy, italien, italia, italie, nl, nld, netherlands, the netherlands, niederlande, nederland, pays-bas, paises bajos, paesi bassi, holland, be, bel, belgium, belgien, \
        belgique, belgie, belgica, belgio, lu, lux, luxembourg, luxemburg, pt, prt, portugal, portogallo, pl, pol, poland, polen, pologne, polonia, polska, cz, cze, czech republic, czechia, tschechien, \
        sk, svk, slovakia, hu, hun, hungary, ungarn, si, slovenia, hr, hrv, croatia, kroatien, ro, rou, romania, bg, bulgaria, gr, grc, greece, griechenland, tr, tur, turkey, turkiye, turkei, \
        dk, dnk, denmark, danemark, danmark, se, swe, sweden, schweden, sverige, no, nor, norway, norwegen, norge, fi, fin, finland, finnland, suomi, is, isl, iceland, ee, estonia, lv, latvia, lt, lithuania, \
        ru, rus, russia, russland, russian federation, ua, ukr, ukraine, by, belarus, rs, serbia, cn, chn, china, jp, jpn, japan, kr, kor, south korea, korea, in, ind, india, indien, pk, pak, pakistan, \
        bd, bangladesh, lk, sri lanka, sg, sgp, singapore, my, mys, malaysia, id, idn, indonesia, th, tha, thailand, vn, vnm, vietnam, ph, phl, philippines, hk, hong kong, tw, taiwan, \
        mx, mex, mexico, br, bra, brazil, brasil, ar, arg, argentina, cl, chl, chile, co, col, colombia, pe, per, peru, ve, venezuela, uy, uruguay, ec, ecuador, cu, cuba, za, zaf, south africa, \
        ng, nga, nigeria, ke, ken, kenya, gh, gha, ghana, eg, egy, egypt, ma, mar, morocco, dz, algeria, tn, tunisia, il, isr, israel, ae, are, united arab emirates, sa, sau, saudi arabia, ir, iran, iq, iraq, \
        qa, qatar, kw, kuwait, li, liechtenstein, mt, malta, cy, cyprus, mc, monaco, et, ethiopia, tz, tanzania, ug, uganda, af, afghanistan, nepal, np",
    )
});

/// States and provinces by code and by name.
pub(super) static STATES: LazyLock<List> = LazyLock::new(|| {
    list(
        "al, ak, az, ar, ca, co, ct, de, fl, ga, hi, id, il, in, ia, ks, ky, la, me, md, ma, mi, mn, ms, mo, mt, ne, nv, nh, nj, nm, ny, nc, nd, oh, ok, or, pa, ri, sc, sd, tn, tx, ut, vt, va, \
        wa, wv, wi, wy, dc, pr, alabama, alaska, arizona, arkansas, california, colorado, connecticut, delaware, florida, georgia, hawaii, idaho, illinois, indiana, iowa, kansas, kentucky, \
        louisiana, maine, maryland, massachusetts, michigan, minnesota, mississippi, missouri, montana, nebraska, nevada, new hampshire, new jersey, new mexico, new york, north carolina, \
        north dakota, ohio, oklahoma, oregon, pennsylvania, rhode island, south carolina, south dakota, tennessee, texas, utah, vermont, virginia, washington, west virginia, wisconsin, wyoming, \
        nsw, vic, qld, tas, act, nt, new south wales, victoria, queensland, western australia, south australia, tasmania, on, qc, bc, ab, mb, sk, ns, nb, nl, pe, ontario, quebec, british columbia, \
        alberta, manitoba, saskatchewan, nova scotia, new brunswick, bayern, bavaria, baden-wurttemberg, berlin, brandenburg, bremen, hamburg, hessen, hesse, mecklenburg-vorpommern, niedersachsen, \
        nordrhein-westfalen, nrw, rheinland-pfalz, saarland, sachsen, sachsen-anhalt, schleswig-holstein, thuringen, zh, be, lu, ur, sz, ow, nw, gl, zg, fr, so, bs, bl, sh, ar, ai, sg, gr, ag, tg, ti, vd, vs, ne, ge, ju",
    )
});

/// Words of streets, whole or at the end of a word.
pub(super) static STREETS: LazyLock<List> = LazyLock::new(|| {
    list(
        "street, st, road, rd, avenue, ave, av, lane, ln, drive, dr, court, ct, place, pl, circuit, crescent, cres, close, boulevard, blvd, bd, way, terrace, parade, highway, hwy, parkway, pkwy, \
        broadway, square, sq, trail, grove, suite, apt, unit, po box, strasse, str, weg, platz, allee, gasse, ring, rue, chemin, impasse, quai, calle, avenida, avda, plaza, paseo, camino, \
        via, viale, piazza, corso, vicolo, straat, laan, plein, gracht, kade, ul, ulica, ulitsa, rua",
    )
});

/// Words of companies and institutions.
pub(super) static ORGANISATIONS: LazyLock<List> = LazyLock::new(|| {
    list(
        "inc, incorporated, corp, corporation, company, co, llc, llp, ltd, limited, plc, pllc, gmbh, ag, kg, kgaa, ohg, gbr, ug, ev, mbh, se, sas, sarl, srl, spa, bv, nv, oy, ab, aps, pty, pte, pvt, sdn, bhd, sl, slu, sro, \
        group, gruppe, groupe, grupo, gruppo, holding, holdings, partners, associates, industries, international, worldwide, solutions, services, service, systems, technologies, technology, \
        software, consulting, bank, banque, banco, insurance, versicherung, university, universitat, college, school, institute, hospital, clinic, klinik, foundation, stiftung, verein, association, society, \
        trust, council, ministry, department, agency, enterprises, exports, imports, trading, logistics, motors, foods, media, studio, studios, labs, laboratories, pharma, energy, \
        construction, hotel, restaurant, cafe, autohaus, werke, verlag, brothers, bros, sons, partnership, stores, supermarket, club",
    )
});

/// Words for genders.
pub(super) static GENDERS: LazyLock<List> = LazyLock::new(|| {
    list(
        "m, f, w, d, x, u, male, female, man, woman, men, women, boy, girl, other, diverse, divers, non-binary, nonbinary, unknown, unspecified, mannlich, maennlich, weiblich, \
        masculin, feminin, homme, femme, masculino, femenino, hombre, mujer, maschio, femmina, uomo, donna, vrouw, herr, frau, mr, mrs, ms",
    )
});

/// Titles before a name.
pub(super) static TITLES: LazyLock<List> = LazyLock::new(|| {
    list(
        "mr, mr., mrs, mrs., ms, ms., miss, mx, mx., dr, dr., prof, prof., sir, dame, lady, lord, rev, rev., herr, frau, herrn, herr dr., frau dr., prof. dr., m, m., mme, mme., mlle, monsieur, madame, \
        sr, sr., sra, sra., srta., senor, senora, sig., sig.ra, sig, signor, signora, dott., dhr., mevr., mevrouw, dhr, mevr, don, dona, master, hon., capt., fr., hr.",
    )
});

/// What follows a name.
pub(super) static SUFFIXES: LazyLock<List> = LazyLock::new(|| {
    list(
        "jr, jr., sr, sr., junior, senior, ii, iii, iv, v, vi, 2nd, 3rd, 4th, esq, esq., phd, ph.d., md, m.d., mba, cpa, dds, jd, rn, jun., sen., fils, pere",
    )
});

/// Words for yes and no.
pub(super) static FLAGS: LazyLock<List> = LazyLock::new(|| {
    list(
        "true, false, yes, no, y, n, t, f, 0, 1, ja, nein, oui, non, si, nee, on, off, wahr, falsch, vrai, faux",
    )
});
