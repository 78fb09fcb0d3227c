//! From a path to the file that defines what it names.

use std::collections::BTreeSet;

use super::source::Source;

/// What a path leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    /// A module.
    Module(usize),
    /// An item, by the file that defines it.
    Item(usize),
}

type Asked = BTreeSet<(usize, String, bool)>;

impl Source {
    /// What a path in a module leads to; nothing where it leads out of the crate.
    pub(super) fn resolve(&self, module: usize, path: &[String]) -> Option<Found> {
        self.follow(module, path, false, &mut Asked::new())
    }

    fn follow(
        &self,
        module: usize,
        path: &[String],
        want_module: bool,
        asked: &mut Asked,
    ) -> Option<Found> {
        let (mut at, mut rest) = match path {
            [] => return None,
            [first, rest @ ..] => match first.as_str() {
                "crate" => (0, rest),
                "self" => (module, rest),
                "super" => (self.modules[module].parent, rest),
                name => {
                    let more = want_module || !rest.is_empty();
                    match self.look_up(module, name, more, asked)? {
                        Found::Module(at) => (at, rest),
                        item => return Some(item),
                    }
                }
            },
        };
        while let [name, more @ ..] = rest {
            rest = more;
            if name == "super" {
                at = self.modules[at].parent;
                continue;
            }
            let module_next = want_module || !more.is_empty();
            match self.look_up(at, name, module_next, asked) {
                Some(Found::Module(next)) => at = next,
                Some(item) => return Some(item),
                // What nothing here defines comes from a macro, or from outside by way of this file.
                None => return Some(Found::Item(self.modules[at].file)),
            }
        }
        Some(Found::Module(at))
    }

    /// What a name means in a module. A name can be that of a module and of an item; `want_module` says which is looked for first.
    fn look_up(
        &self,
        module: usize,
        name: &str,
        want_module: bool,
        asked: &mut Asked,
    ) -> Option<Found> {
        if !asked.insert((module, name.to_owned(), want_module)) {
            return None;
        }
        let here = &self.modules[module];
        let child = || here.children.get(name).map(|child| Found::Module(*child));
        let item = || {
            here.defined
                .contains(name)
                .then_some(Found::Item(here.file))
        };
        let own = match want_module {
            true => child().or_else(item),
            false => item(),
        };
        if own.is_some() {
            return own;
        }
        let named = here
            .imports
            .iter()
            .find(|import| import.name.as_deref() == Some(name));
        if let Some(import) = named {
            // From outside of the crate: this file is where the crate has it from.
            let found = self.follow(module, &import.path, want_module, asked);
            return found.or_else(child).or(Some(Found::Item(here.file)));
        }
        if let Some(child) = child() {
            return Some(child);
        }
        let globs = here.imports.iter().filter(|import| import.name.is_none());
        for import in globs {
            if let Some(Found::Module(there)) = self.follow(module, &import.path, true, asked)
                && let Some(found) = self.look_up(there, name, want_module, asked)
            {
                return Some(found);
            }
        }
        None
    }
}
