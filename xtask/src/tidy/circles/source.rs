//! A crate as its modules: what each defines, imports and holds.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use syn::spanned::Spanned as _;
use syn::{Attribute, ImplItem, Item, Meta, Token, UseTree, Visibility};

/// The modules of a crate; the first is its root.
pub(super) struct Source {
    pub(super) files: Vec<PathBuf>,
    pub(super) modules: Vec<Module>,
}

/// A module. Those written in one file have the same `file`.
pub(super) struct Module {
    /// Its place in [`Source::files`].
    pub(super) file: usize,
    pub(super) parent: usize,
    pub(super) children: BTreeMap<String, usize>,
    /// Names that its own items have.
    pub(super) defined: BTreeSet<String>,
    pub(super) imports: Vec<Import>,
    /// Its items, without modules and imports.
    pub(super) items: Vec<Item>,
}

/// One leaf of a `use`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Import {
    pub(super) path: Vec<String>,
    /// The name that it has here; `None` for a glob.
    pub(super) name: Option<String>,
    pub(super) line: usize,
    /// Whether others can see it: `pub use` of any reach.
    pub(super) public: bool,
}

impl Source {
    /// Reads the crate whose root is this file. `text` has the text of a file, or nothing where there is no such file.
    ///
    /// # Panics
    /// Where a file is not Rust, or the file of a module is missing.
    pub(super) fn read(root: &Path, text: &dyn Fn(&Path) -> Option<String>) -> Self {
        let mut source = Self {
            files: Vec::new(),
            modules: Vec::new(),
        };
        let folder = root.parent().unwrap_or(Path::new("")).to_path_buf();
        source.add_file(root, &folder, 0, text);
        source
    }

    fn add_file(
        &mut self,
        path: &Path,
        children: &Path,
        parent: usize,
        text: &dyn Fn(&Path) -> Option<String>,
    ) -> Option<usize> {
        let content = text(path).unwrap_or_else(|| panic!("{} is missing", path.display()));
        let parsed =
            syn::parse_file(&content).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        if is_test(&parsed.attrs) {
            return None;
        }
        let file = self.files.iter().position(|known| known == path);
        let file = file.unwrap_or_else(|| {
            self.files.push(path.to_path_buf());
            self.files.len() - 1
        });
        Some(self.add(file, parsed.items, children, parent, text))
    }

    /// Adds a module whose child modules lie in the folder `children`.
    fn add(
        &mut self,
        file: usize,
        items: Vec<Item>,
        children: &Path,
        parent: usize,
        text: &dyn Fn(&Path) -> Option<String>,
    ) -> usize {
        let id = self.modules.len();
        self.modules.push(Module {
            file,
            parent,
            children: BTreeMap::new(),
            defined: BTreeSet::new(),
            imports: Vec::new(),
            items: Vec::new(),
        });
        for item in items {
            if attributes(&item).is_some_and(is_test) {
                continue;
            }
            match item {
                Item::Use(item) => {
                    let public = !matches!(item.vis, Visibility::Inherited);
                    if item.leading_colon.is_none() {
                        let imports = &mut self.modules[id].imports;
                        leaves(&item.tree, &mut Vec::new(), public, imports);
                    }
                }
                Item::Mod(item) => {
                    let name = plain(&item.ident);
                    let within = children.join(&name);
                    let child = match item.content {
                        Some((_, items)) => Some(self.add(file, items, &within, id, text)),
                        None => {
                            let said = said_path(&item.attrs);
                            let folder = self.files[file].parent().unwrap_or(Path::new(""));
                            let (path, within) = match said {
                                Some(said) => {
                                    let path = tidied(&folder.join(said));
                                    let within = path.parent().map(Path::to_path_buf);
                                    (path, within.unwrap_or_default())
                                }
                                None => {
                                    let plain = children.join(format!("{name}.rs"));
                                    let nested = within.join("mod.rs");
                                    let found = if text(&plain).is_some() {
                                        plain
                                    } else {
                                        nested
                                    };
                                    (found, within)
                                }
                            };
                            match is_of_tests(&path) {
                                true => None,
                                false => self.add_file(&path, &within, id, text),
                            }
                        }
                    };
                    if let Some(child) = child {
                        self.modules[id].children.insert(name, child);
                    }
                }
                item => {
                    let module = &mut self.modules[id];
                    module.defined.extend(name(&item));
                    module.items.push(item);
                }
            }
        }
        id
    }
}

/// Files that hold tests only, by their name.
fn is_of_tests(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name == "tests.rs")
        || path.components().any(|part| part.as_os_str() == "tests")
}

/// The text of `#[path = "..."]`.
fn said_path(attributes: &[Attribute]) -> Option<String> {
    let path = attributes.iter().find(|a| a.path().is_ident("path"))?;
    let Meta::NameValue(pair) = &path.meta else {
        return None;
    };
    match &pair.value {
        syn::Expr::Lit(syn::ExprLit {
            lit: syn::Lit::Str(text),
            ..
        }) => Some(text.value()),
        _ => None,
    }
}

/// A path without `..`.
fn tidied(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            std::path::Component::ParentDir => {
                out.pop();
            }
            part => out.push(part),
        }
    }
    out
}

/// Whether these attributes leave something to tests: `#[cfg(test)]`, `#[cfg(all(test, ...))]`, `#[test]`.
pub(super) fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        if attribute.path().is_ident("test") {
            return true;
        }
        attribute.path().is_ident("cfg")
            && attribute
                .parse_args::<Meta>()
                .is_ok_and(|condition| needs_test(&condition))
    })
}

fn needs_test(condition: &Meta) -> bool {
    match condition {
        Meta::Path(path) => path.is_ident("test"),
        Meta::List(list) if list.path.is_ident("all") => {
            let parts = syn::punctuated::Punctuated::<Meta, Token![,]>::parse_terminated;
            list.parse_args_with(parts)
                .is_ok_and(|parts| parts.iter().any(needs_test))
        }
        _ => false,
    }
}

/// The attributes of an item.
pub(super) fn attributes(item: &Item) -> Option<&[Attribute]> {
    Some(match item {
        Item::Const(i) => &i.attrs,
        Item::Enum(i) => &i.attrs,
        Item::ExternCrate(i) => &i.attrs,
        Item::Fn(i) => &i.attrs,
        Item::ForeignMod(i) => &i.attrs,
        Item::Impl(i) => &i.attrs,
        Item::Macro(i) => &i.attrs,
        Item::Mod(i) => &i.attrs,
        Item::Static(i) => &i.attrs,
        Item::Struct(i) => &i.attrs,
        Item::Trait(i) => &i.attrs,
        Item::TraitAlias(i) => &i.attrs,
        Item::Type(i) => &i.attrs,
        Item::Union(i) => &i.attrs,
        Item::Use(i) => &i.attrs,
        _ => return None,
    })
}

/// The attributes of an item of an `impl`.
pub(super) fn impl_attributes(item: &ImplItem) -> Option<&[Attribute]> {
    Some(match item {
        ImplItem::Const(i) => &i.attrs,
        ImplItem::Fn(i) => &i.attrs,
        ImplItem::Type(i) => &i.attrs,
        ImplItem::Macro(i) => &i.attrs,
        _ => return None,
    })
}

/// The name that an item defines.
fn name(item: &Item) -> Option<String> {
    let ident = match item {
        Item::Const(i) => &i.ident,
        Item::Enum(i) => &i.ident,
        Item::Fn(i) => &i.sig.ident,
        Item::Macro(i) => i.ident.as_ref()?,
        Item::Static(i) => &i.ident,
        Item::Struct(i) => &i.ident,
        Item::Trait(i) => &i.ident,
        Item::TraitAlias(i) => &i.ident,
        Item::Type(i) => &i.ident,
        Item::Union(i) => &i.ident,
        _ => return None,
    };
    Some(plain(ident))
}

/// A name without the `r#` of raw identifiers.
pub(super) fn plain(ident: &proc_macro2::Ident) -> String {
    let text = ident.to_string();
    text.strip_prefix("r#").map(str::to_owned).unwrap_or(text)
}

/// The leaves of a `use` tree.
pub(super) fn leaves(
    tree: &UseTree,
    path: &mut Vec<String>,
    public: bool,
    found: &mut Vec<Import>,
) {
    let line = tree.span().start().line;
    let mut leaf = |path: &[String], last: Option<&proc_macro2::Ident>, name: Option<String>| {
        let mut path = path.to_vec();
        path.extend(last.map(plain).filter(|last| last != "self"));
        let name = name.map(|name| match name.as_str() {
            "self" => path.last().cloned().unwrap_or_default(),
            _ => name,
        });
        found.push(Import {
            path,
            name,
            line,
            public,
        });
    };
    match tree {
        UseTree::Path(part) => {
            path.push(plain(&part.ident));
            leaves(&part.tree, path, public, found);
            path.pop();
        }
        UseTree::Name(part) => leaf(path, Some(&part.ident), Some(plain(&part.ident))),
        UseTree::Rename(part) => leaf(path, Some(&part.ident), Some(plain(&part.rename))),
        UseTree::Glob(_) => leaf(path, None, None),
        UseTree::Group(group) => {
            for tree in &group.items {
                leaves(tree, path, public, found);
            }
        }
    }
}
