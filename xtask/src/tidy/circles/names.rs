//! The names that code uses, as paths with their lines.

use std::collections::BTreeSet;

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::spanned::Spanned as _;
use syn::visit::{self, Visit};

use super::source::{Import, attributes, impl_attributes, is_test, leaves, plain};

/// What the items of a module name.
#[derive(Default)]
pub(super) struct Names {
    /// Paths in code and in macros, with their lines.
    pub(super) paths: Vec<(Vec<String>, usize)>,
    /// Names of macros that are called without a path.
    pub(super) macros: Vec<(String, usize)>,
    /// `use` inside of bodies.
    pub(super) imports: Vec<Import>,
    /// Names bound by the functions and closures around.
    bound: Vec<BTreeSet<String>>,
}

impl Names {
    pub(super) fn of(items: &[syn::Item]) -> Self {
        let mut names = Self::default();
        for item in items {
            names.visit_item(item);
        }
        names
    }

    fn add(&mut self, path: Vec<String>, line: usize) {
        let is_bound = |name: &String| self.bound.iter().any(|bound| bound.contains(name));
        match &path[..] {
            [] => {}
            [name] if is_bound(name) || name == "self" || name == "Self" => {}
            _ => self.paths.push((path, line)),
        }
    }

    fn within(&mut self, bound: BTreeSet<String>, visit: impl FnOnce(&mut Self)) {
        self.bound.push(bound);
        visit(self);
        self.bound.pop();
    }

    /// Paths among the tokens of a macro: `a::b`, and names alone where they are called or begin with a capital.
    fn tokens(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let is = |at: usize, sign: char| matches!(tokens.get(at), Some(TokenTree::Punct(p)) if p.as_char() == sign);
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            at += 1;
            match token {
                TokenTree::Group(group) => self.tokens(group.stream()),
                TokenTree::Ident(first) => {
                    // A field, a method, or a path from outside of the crate.
                    let start = at - 1;
                    let behind = |sign| start > 0 && is(start - 1, sign);
                    let is_field = behind('.') && !(start > 1 && is(start - 2, '.'));
                    let is_foreign = behind(':') && start > 1 && is(start - 2, ':');
                    let mut path = vec![plain(first)];
                    while is(at, ':') && is(at + 1, ':') {
                        let Some(TokenTree::Ident(next)) = tokens.get(at + 2) else {
                            break;
                        };
                        path.push(plain(next));
                        at += 3;
                    }
                    let called = match tokens.get(at) {
                        Some(TokenTree::Group(group)) => {
                            group.delimiter() == Delimiter::Parenthesis
                        }
                        Some(TokenTree::Punct(sign)) => sign.as_char() == '!',
                        _ => false,
                    };
                    let capital = path[0].starts_with(char::is_uppercase);
                    let line = first.span().start().line;
                    if is_field || is_foreign || !(path.len() > 1 || called || capital) {
                        continue;
                    }
                    if path.len() == 1 && is(at, '!') && !is(at + 1, '=') {
                        self.macros.push((path.remove(0), line));
                    } else {
                        self.add(path, line);
                    }
                }
                _ => {}
            }
        }
    }
}

impl<'ast> Visit<'ast> for Names {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        if !attributes(item).is_some_and(is_test) {
            visit::visit_item(self, item);
        }
    }

    fn visit_impl_item(&mut self, item: &'ast syn::ImplItem) {
        if !impl_attributes(item).is_some_and(is_test) {
            visit::visit_impl_item(self, item);
        }
    }

    fn visit_field(&mut self, field: &'ast syn::Field) {
        if !is_test(&field.attrs) {
            visit::visit_field(self, field);
        }
    }

    // What an attribute or a visibility names, it does not use.
    fn visit_attribute(&mut self, _: &'ast syn::Attribute) {}

    fn visit_visibility(&mut self, _: &'ast syn::Visibility) {}

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        if item.leading_colon.is_none() {
            leaves(&item.tree, &mut Vec::new(), false, &mut self.imports);
        }
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        let bound = Bound::of(|b| b.visit_item_fn(item));
        self.within(bound, |names| visit::visit_item_fn(names, item));
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        let bound = Bound::of(|b| b.visit_impl_item_fn(item));
        self.within(bound, |names| visit::visit_impl_item_fn(names, item));
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        let bound = Bound::of(|b| b.visit_trait_item_fn(item));
        self.within(bound, |names| visit::visit_trait_item_fn(names, item));
    }

    fn visit_expr_closure(&mut self, item: &'ast syn::ExprClosure) {
        let bound = Bound::of(|b| b.visit_expr_closure(item));
        self.within(bound, |names| visit::visit_expr_closure(names, item));
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.leading_colon.is_none() {
            let names = path.segments.iter().map(|part| plain(&part.ident));
            self.add(names.collect(), path.span().start().line);
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        // A name alone is that of a macro; a function can have the same.
        match call.path.get_ident() {
            Some(name) => self.macros.push((plain(name), name.span().start().line)),
            None => self.visit_path(&call.path),
        }
        self.tokens(call.tokens.clone());
    }
}

/// Names that patterns bind.
#[derive(Default)]
struct Bound(BTreeSet<String>);

impl Bound {
    fn of(visit: impl FnOnce(&mut Self)) -> BTreeSet<String> {
        let mut bound = Self::default();
        visit(&mut bound);
        bound.0
    }
}

impl<'ast> Visit<'ast> for Bound {
    fn visit_pat_ident(&mut self, pattern: &'ast syn::PatIdent) {
        let name = plain(&pattern.ident);
        // A pattern in capitals is a constant or a variant.
        if !name.starts_with(char::is_uppercase) {
            self.0.insert(name);
        }
        visit::visit_pat_ident(self, pattern);
    }
}
