//! A struct for each event, and for each object in its detail.

use std::collections::BTreeMap;

use anyhow::bail;
use indexmap::IndexMap;
use pipeline::Pipeline;
use pipeline::model::{Discriminator, Event, Field, FieldType};
use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote};

use super::doc::{code, described, doc};
use super::names::{Scope, field_name, type_name};

/// Fields that every detail has, and that are not declared.
const OWN_FIELD: &str = "event_type";

/// The name of every event's type.
pub(super) struct Events {
    types: BTreeMap<String, Ident>,
    scope: Scope,
}

impl Events {
    pub(super) fn new(pipeline: &Pipeline) -> anyhow::Result<Self> {
        let mut scope = Scope::default();
        let mut types = BTreeMap::new();
        for name in pipeline.events.keys() {
            let origin = format!("the event `{name}`");
            let ident = scope.claim(&type_name(name, "Event"), &origin)?;
            types.insert(name.clone(), ident);
        }
        Ok(Self { types, scope })
    }

    /// The type of an event; its variant in a trigger has the same name.
    pub(super) fn type_of(&self, event: &str) -> anyhow::Result<&Ident> {
        match self.types.get(event) {
            Some(ident) => Ok(ident),
            None => bail!("the event `{event}` is not declared"),
        }
    }

    /// All of the types, in the order of the spec.
    pub(super) fn render(&self, pipeline: &Pipeline) -> anyhow::Result<TokenStream> {
        let mut scope = self.scope.clone();
        let mut tokens = TokenStream::new();
        for (name, event) in &pipeline.events {
            let ident = self.type_of(name)?;
            tokens.extend(render_event(
                name,
                event,
                ident,
                pipeline.discriminator,
                &mut scope,
            )?);
        }
        Ok(tokens)
    }
}

fn render_event(
    name: &str,
    event: &Event,
    ident: &Ident,
    discriminator: Discriminator,
    scope: &mut Scope,
) -> anyhow::Result<TokenStream> {
    if event.detail.contains_key(OWN_FIELD) {
        bail!(
            "the event `{name}` declares `{OWN_FIELD}`, which every detail has: remove the field"
        );
    }
    let origin = format!("the event `{name}`");
    let mut structs = Structs {
        scope,
        tokens: Vec::new(),
    };
    let summary = format!(
        "The event {}{}",
        code(name),
        described(event.description.as_ref())
    );
    structs.add(ident, &summary, &event.detail, &origin)?;
    let (own, nested) = structs.tokens.split_at(1);
    let detail_type = &event.detail_type.value;
    let is_discriminated = discriminator == Discriminator::EventType;
    Ok(quote! {
        #(#own)*
        impl job::Event for #ident {
            const NAME: &'static str = #name;
            const SOURCE: &'static str = SOURCE;
            const DETAIL_TYPE: &'static str = #detail_type;
            const DISCRIMINATED: bool = #is_discriminated;
        }
        #(#nested)*
    })
}

/// The structs of one event: its own, then those of the objects in its detail.
struct Structs<'s> {
    scope: &'s mut Scope,
    tokens: Vec<TokenStream>,
}

impl Structs<'_> {
    /// Adds the struct `ident`, and behind it those of its fields that are objects.
    fn add(
        &mut self,
        ident: &Ident,
        summary: &str,
        fields: &IndexMap<String, Field>,
        origin: &str,
    ) -> anyhow::Result<()> {
        let place = self.tokens.len();
        self.tokens.push(TokenStream::new());
        let mut scope = Scope::default();
        let mut members = TokenStream::new();
        for (name, field) in fields {
            let origin = format!("the field `{name}` of {origin}");
            let member = scope.claim(&field_name(name), &origin)?;
            members.extend(self.member(ident, &member, name, field, &origin)?);
        }
        let summary = doc(summary);
        self.tokens[place] = quote! {
            #summary
            #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
            pub struct #ident { #members }
        };
        Ok(())
    }

    fn member(
        &mut self,
        owner: &Ident,
        member: &Ident,
        name: &str,
        field: &Field,
        origin: &str,
    ) -> anyhow::Result<TokenStream> {
        let summary = doc(&format!("{}: {}.", code(name), in_words(field)));
        let rename = (member != name).then(|| quote!(#[serde(rename = #name)]));
        let omit = field
            .optional
            .then(|| quote!(#[serde(default, skip_serializing_if = "Option::is_none")]));
        let nested = type_name(&format!("{owner} {name}"), "Detail");
        let field_type = self.type_of(field, &nested, origin)?;
        Ok(quote! {
            #summary
            #rename
            #omit
            pub #member: #field_type,
        })
    }

    /// The Rust type of a field; an object in it gets the name `nested`.
    fn type_of(
        &mut self,
        field: &Field,
        nested: &str,
        origin: &str,
    ) -> anyhow::Result<TokenStream> {
        let plain = match &field.field_type {
            FieldType::String => quote!(String),
            FieldType::Integer => quote!(i64),
            FieldType::Number => quote!(f64),
            FieldType::Boolean => quote!(bool),
            FieldType::Timestamp => quote!(jiff::Timestamp),
            FieldType::Date => quote!(jiff::civil::Date),
            FieldType::Json => quote!(serde_json::Value),
            FieldType::List(item) => {
                let item = self.type_of(item, nested, origin)?;
                quote!(Vec<#item>)
            }
            FieldType::Object(fields) => {
                let ident = self.scope.claim(nested, origin)?;
                self.add(&ident, &format!("{}.", capitalized(origin)), fields, origin)?;
                ident.into_token_stream()
            }
        };
        Ok(if field.optional {
            quote!(Option<#plain>)
        } else {
            plain
        })
    }
}

/// What a field holds, for its documentation.
fn in_words(field: &Field) -> String {
    let held = match &field.field_type {
        FieldType::String => "text".to_owned(),
        FieldType::Integer => "a whole number".to_owned(),
        FieldType::Number => "a number".to_owned(),
        FieldType::Boolean => "true or false".to_owned(),
        FieldType::Timestamp => "an RFC 3339 timestamp, in UTC".to_owned(),
        FieldType::Date => "a calendar day".to_owned(),
        FieldType::Json => "any JSON value".to_owned(),
        FieldType::List(item) => format!("a list; each item {}", in_words(item)),
        FieldType::Object(_) => "an object".to_owned(),
    };
    if field.optional {
        format!("{held}, or nothing")
    } else {
        held
    }
}

fn capitalized(origin: &str) -> String {
    origin.replacen("the ", "The ", 1)
}
