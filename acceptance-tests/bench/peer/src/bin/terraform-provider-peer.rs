//! A provider that does nothing, on the crate `tf-provider`.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use tf_provider::{
    AttributePath, Diagnostics, DynamicDataSource, DynamicResource, Provider, Resource, map,
    schema::{Attribute, AttributeConstraint, AttributeType, Block, Schema},
    serve,
    value::{ValueEmpty, ValueString},
};

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct State<'a> {
    #[serde(borrow = "'a")]
    id: ValueString<'a>,
    name: ValueString<'a>,
}

type Private = ValueEmpty;

struct Nothing;

fn attribute(constraint: AttributeConstraint) -> Attribute {
    Attribute { attr_type: AttributeType::String, constraint, ..Attribute::default() }
}

#[async_trait]
impl Resource for Nothing {
    type State<'a> = State<'a>;
    type PrivateState<'a> = Private;
    type ProviderMetaState<'a> = ValueEmpty;

    fn schema(&self, _: &mut Diagnostics) -> Option<Schema> {
        let attributes = map! {
            "id" => attribute(AttributeConstraint::Computed),
            "name" => attribute(AttributeConstraint::Required),
        };
        Some(Schema { version: 0, block: Block { attributes, ..Block::default() } })
    }

    async fn validate<'a>(&self, _: &mut Diagnostics, _: State<'a>) -> Option<()> {
        Some(())
    }

    async fn read<'a>(
        &self,
        _: &mut Diagnostics,
        state: State<'a>,
        private: Private,
        _: ValueEmpty,
    ) -> Option<(State<'a>, Private)> {
        Some((state, private))
    }

    async fn plan_create<'a>(
        &self,
        _: &mut Diagnostics,
        mut proposed: State<'a>,
        _: State<'a>,
        _: ValueEmpty,
    ) -> Option<(State<'a>, Private)> {
        proposed.id = ValueString::Unknown;
        Some((proposed, Private::default()))
    }

    async fn plan_update<'a>(
        &self,
        _: &mut Diagnostics,
        _: State<'a>,
        proposed: State<'a>,
        _: State<'a>,
        private: Private,
        _: ValueEmpty,
    ) -> Option<(State<'a>, Private, Vec<AttributePath>)> {
        Some((proposed, private, Vec::new()))
    }

    async fn plan_destroy<'a>(
        &self,
        _: &mut Diagnostics,
        _: State<'a>,
        private: Private,
        _: ValueEmpty,
    ) -> Option<Private> {
        Some(private)
    }

    async fn create<'a>(
        &self,
        _: &mut Diagnostics,
        mut planned: State<'a>,
        _: State<'a>,
        private: Private,
        _: ValueEmpty,
    ) -> Option<(State<'a>, Private)> {
        planned.id = planned.name.clone();
        Some((planned, private))
    }

    async fn update<'a>(
        &self,
        _: &mut Diagnostics,
        _: State<'a>,
        planned: State<'a>,
        _: State<'a>,
        private: Private,
        _: ValueEmpty,
    ) -> Option<(State<'a>, Private)> {
        Some((planned, private))
    }

    async fn destroy<'a>(&self, _: &mut Diagnostics, _: State<'a>, _: Private, _: ValueEmpty) -> Option<()> {
        Some(())
    }
}

struct Peer;

#[async_trait]
impl Provider for Peer {
    type Config<'a> = ValueEmpty;
    type MetaState<'a> = ValueEmpty;

    fn schema(&self, _: &mut Diagnostics) -> Option<Schema> {
        Some(Schema { version: 0, block: Block::default() })
    }

    async fn validate<'a>(&self, _: &mut Diagnostics, _: ValueEmpty) -> Option<()> {
        Some(())
    }

    async fn configure<'a>(&self, _: &mut Diagnostics, _: String, _: ValueEmpty) -> Option<()> {
        Some(())
    }

    fn get_resources(&self, _: &mut Diagnostics) -> Option<HashMap<String, Box<dyn DynamicResource>>> {
        Some(map! { "nothing" => Nothing })
    }

    fn get_data_sources(&self, _: &mut Diagnostics) -> Option<HashMap<String, Box<dyn DynamicDataSource>>> {
        Some(map! {})
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    serve("peer", Peer).await
}
