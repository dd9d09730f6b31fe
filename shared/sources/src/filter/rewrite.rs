//! A filter is rewritten before it is compiled, so that all it makes and goes through is on the meter.
//! What it means stays the same.

use jaq_core::load::lex::StrPart;
use jaq_core::load::parse::{BinaryOp, Def, Pattern, Term};
use jaq_core::ops::Math;
use jaq_core::path::{Opt, Part, Path};

use super::natives::{ARRAY, CALL, COUNT, KEY, PART, PRODUCT, PRODUCTS, THROUGH, TIMES, WEIGH};
use super::prelude;

/// A variable that no filter can name.
const BY: &str = "$!by";

/// A definition, on the meter.
pub(super) fn definition(def: Def<&str>) -> Def<&str> {
    Rewriter { within: Vec::new() }.definition(def)
}

/// A term, on the meter.
pub(super) fn term(of: Term<&str>) -> Term<&str> {
    Rewriter { within: Vec::new() }.term(of)
}

/// Knows in which definitions it is.
struct Rewriter<'s> {
    /// Their names, and how many arguments they take.
    within: Vec<(&'s str, usize)>,
}

impl<'s> Rewriter<'s> {
    fn definition(&mut self, def: Def<&'s str>) -> Def<&'s str> {
        let Def { name, args, body } = def;
        // Only what takes filters, and calls itself, keeps all of its callers.
        let takes_filters = args.iter().any(|arg| !arg.starts_with('$'));
        if takes_filters {
            self.within.push((name, args.len()));
        }
        let body = self.term(body);
        if takes_filters {
            self.within.pop();
        }
        Def { name, args, body }
    }

    fn term(&mut self, of: Term<&'s str>) -> Term<&'s str> {
        use Term::{
            Arr, BinOp, Break, Call, Fold, Id, IfThenElse, Label, Neg, Num, Obj, Recurse, Str,
            TryCatch, Var,
        };
        match of {
            Id | Num(_) | Break(_) | Var(_) | Arr(None) => of,
            Recurse => then(Recurse, COUNT),
            Str(format, parts) => self.text(format, parts),
            Arr(Some(inner)) => Call(ARRAY, vec![self.term(*inner)]),
            Obj(entries) => {
                let entry = |(key, value): (_, Option<_>)| {
                    let key = self.object_key(key);
                    (key, value.map(|value| self.term(value)))
                };
                then(Obj(entries.into_iter().map(entry).collect()), WEIGH)
            }
            Neg(inner) => Neg(self.boxed(*inner)),
            BinOp(left, op, right) => self.binary(*left, op, *right),
            Label(name, inner) => Label(name, self.boxed(*inner)),
            Fold(name, over, bound, steps) => {
                let (over, bound) = (self.boxed(*over), self.pattern(bound));
                Fold(name, over, bound, self.terms(steps))
            }
            TryCatch(inner, caught) => {
                let caught = caught.map_or_else(|| call("!empty"), |caught| self.term(*caught));
                // An error may quote all of what it stumbled over.
                let caught = pipe(call(WEIGH), caught);
                TryCatch(self.boxed(*inner), Some(Box::new(caught)))
            }
            IfThenElse(branches, otherwise) => {
                let branch = |(when, then)| (self.term(when), self.term(then));
                let branches = branches.into_iter().map(branch).collect();
                IfThenElse(branches, otherwise.map(|inner| self.boxed(*inner)))
            }
            Term::Def(defs, inner) => {
                let defs = defs.into_iter().map(|def| self.definition(def));
                Term::Def(defs.collect(), self.boxed(*inner))
            }
            Call(name, arguments) => self.called(name, arguments),
            Term::Path(of, path) => self.path(*of, path),
        }
    }

    fn terms(&mut self, of: Vec<Term<&'s str>>) -> Vec<Term<&'s str>> {
        of.into_iter().map(|term| self.term(term)).collect()
    }

    fn boxed(&mut self, of: Term<&'s str>) -> Box<Term<&'s str>> {
        Box::new(self.term(of))
    }

    fn called(&mut self, name: &'s str, arguments: Vec<Term<&'s str>>) -> Term<&'s str> {
        let mut arguments = self.terms(arguments);
        if PRODUCTS.contains(&name) && arguments.len() == 1 {
            let by = || vec![Term::Var(BY)];
            let weighed = pipe(Term::Call(PRODUCT, by()), Term::Call(name, by()));
            let bound = BinaryOp::Pipe(Some(Pattern::Var(BY)));
            return binary(arguments.remove(0), bound, weighed);
        }
        let is_endless = name == "range" && arguments.len() == 3;
        let calls_itself = self.within.contains(&(name, arguments.len()));
        let called = Term::Call(name, arguments);
        if THROUGH.contains(&name) || prelude::THROUGH.contains(&name) {
            pipe(call(WEIGH), called)
        } else if is_endless {
            then(called, COUNT)
        } else if calls_itself {
            pipe(call(CALL), called)
        } else {
            called
        }
    }

    fn binary(
        &mut self,
        left: Term<&'s str>,
        op: BinaryOp<&'s str>,
        right: Term<&'s str>,
    ) -> Term<&'s str> {
        use BinaryOp::{
            Alt, And, Assign, Cmp, Comma, Math, Or, Pipe, Update, UpdateAlt, UpdateMath,
        };
        let (left, right) = (self.term(left), self.term(right));
        match op {
            Pipe(bound) => {
                let bound = bound.map(|bound| self.pattern(bound));
                binary(left, Pipe(bound), right)
            }
            Comma | Alt | Or | And => binary(left, op, right),
            Math(math) => compute(left, math, right),
            Cmp(_) => binary(then(left, WEIGH), op, right),
            Assign | Update | UpdateAlt => then(binary(left, op, right), WEIGH),
            UpdateMath(math) => {
                // As jq's manual has it: `r as $x | l |= (. op $x)`.
                let computed = compute(Term::Id, math, Term::Var(BY));
                let updated = binary(left, Update, computed);
                let bound = Pipe(Some(Pattern::Var(BY)));
                then(binary(right, bound, updated), WEIGH)
            }
        }
    }

    fn text(
        &mut self,
        format: Option<&'s str>,
        parts: Vec<StrPart<&'s str, Term<&'s str>>>,
    ) -> Term<&'s str> {
        let is_plain = parts.iter().all(|part| !matches!(part, StrPart::Term(_)));
        let text = Term::Str(format, self.parts(parts));
        if is_plain { text } else { then(text, WEIGH) }
    }

    fn parts(
        &mut self,
        parts: Vec<StrPart<&'s str, Term<&'s str>>>,
    ) -> Vec<StrPart<&'s str, Term<&'s str>>> {
        let part = |part| match part {
            StrPart::Term(inner) => StrPart::Term(self.term(inner)),
            plain => plain,
        };
        parts.into_iter().map(part).collect()
    }

    /// A name stays as it is: `{a}` means `{a: .a}`, and `{$a}` `{a: $a}`.
    fn object_key(&mut self, of: Term<&'s str>) -> Term<&'s str> {
        match of {
            Term::Str(format, parts) => Term::Str(format, self.parts(parts)),
            other => self.term(other),
        }
    }

    fn pattern(&mut self, of: Pattern<&'s str>) -> Pattern<&'s str> {
        match of {
            Pattern::Var(name) => Pattern::Var(name),
            Pattern::Arr(inner) => {
                let inner = inner.into_iter().map(|inner| self.pattern(inner));
                Pattern::Arr(inner.collect())
            }
            Pattern::Obj(entries) => {
                let entry = |(key, inner)| {
                    let key = match key {
                        Term::Var(_) => key,
                        other => self.key(other),
                    };
                    (key, self.pattern(inner))
                };
                Pattern::Obj(entries.into_iter().map(entry).collect())
            }
        }
    }

    /// What stands in brackets behind a value.
    fn key(&mut self, of: Term<&'s str>) -> Term<&'s str> {
        match of {
            Term::Num(_) => of,
            Term::Str(..) => self.term(of),
            other => then(self.term(other), KEY),
        }
    }

    /// A path, with what it goes through: each value of `.[]`, and a piece that is cut out.
    fn path(&mut self, of: Term<&'s str>, Path(parts): Path<Term<&'s str>>) -> Term<&'s str> {
        let mut on_the_way = PART;
        let part = |(part, opt): (Part<Term<&'s str>>, Opt)| {
            let part = match part {
                Part::Index(index) => Part::Index(self.key(index)),
                Part::Range(None, None) => {
                    on_the_way = if on_the_way == WEIGH { WEIGH } else { COUNT };
                    Part::Range(None, None)
                }
                Part::Range(from, upto) => {
                    on_the_way = WEIGH;
                    let mut bound = |bound: Option<_>| bound.map(|bound| self.term(bound));
                    Part::Range(bound(from), bound(upto))
                }
            };
            (part, opt)
        };
        let parts = parts.into_iter().map(part).collect();
        then(Term::Path(self.boxed(of), Path(parts)), on_the_way)
    }
}

fn compute<'s>(left: Term<&'s str>, math: Math, right: Term<&'s str>) -> Term<&'s str> {
    match math {
        // It may make very much out of very little.
        Math::Mul => then(Term::Call(TIMES, vec![left, right]), WEIGH),
        _ => then(binary(left, BinaryOp::Math(math), right), WEIGH),
    }
}

fn call(name: &str) -> Term<&str> {
    Term::Call(name, Vec::new())
}

fn then<'s>(first: Term<&'s str>, name: &'s str) -> Term<&'s str> {
    pipe(first, call(name))
}

fn pipe<'s>(first: Term<&'s str>, second: Term<&'s str>) -> Term<&'s str> {
    binary(first, BinaryOp::Pipe(None), second)
}

fn binary<'s>(left: Term<&'s str>, op: BinaryOp<&'s str>, right: Term<&'s str>) -> Term<&'s str> {
    Term::BinOp(Box::new(left), op, Box::new(right))
}
