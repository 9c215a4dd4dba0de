//! Routes that can be listed. The framework's router keeps its table to itself; this one remembers each
//! method and path with the right that it needs, so that a test can try them all and a new one cannot be
//! forgotten.

use std::convert::Infallible;
use std::sync::Arc;

use axum::Router;
use axum::handler::Handler;
use axum::http::Method;
use axum::middleware::from_fn;
use axum::routing::{MethodFilter, MethodRouter, on};
use domain::model::access::Right;

use crate::access::demand;
use crate::state::Shared;

/// One thing that can be asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Way {
    /// How.
    pub method: Method,
    /// Where, with parameters in braces.
    pub path: String,
    /// What one has to be allowed to; `None` where everybody comes in.
    pub right: Option<Right>,
}

/// A router that knows its table.
#[derive(Default)]
pub(crate) struct Routes {
    router: Router<Arc<Shared>>,
    ways: Vec<Way>,
}

/// What stands at a path: a handler for each of some methods.
pub(crate) struct Place {
    router: MethodRouter<Arc<Shared>, Infallible>,
    methods: Vec<Method>,
}

/// A page or a resource.
pub(crate) fn get<H, T>(handler: H) -> Place
where
    H: Handler<T, Arc<Shared>>,
    T: 'static,
{
    Place::of(&Method::GET, handler)
}

/// Something that is done.
pub(crate) fn post<H, T>(handler: H) -> Place
where
    H: Handler<T, Arc<Shared>>,
    T: 'static,
{
    Place::of(&Method::POST, handler)
}

impl Place {
    /// A handler for one method.
    pub(crate) fn of<H, T>(method: &Method, handler: H) -> Self
    where
        H: Handler<T, Arc<Shared>>,
        T: 'static,
    {
        let filter = MethodFilter::try_from(method.clone()).expect("a method of the house");
        Self { router: on(filter, handler), methods: vec![method.clone()] }
    }

    /// And what is done there.
    pub(crate) fn post<H, T>(self, handler: H) -> Self
    where
        H: Handler<T, Arc<Shared>>,
        T: 'static,
    {
        let Self { router, mut methods } = self;
        methods.push(Method::POST);
        Self { router: router.post(handler), methods }
    }
}

impl Routes {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// With what stands at that path.
    pub(crate) fn route(mut self, path: &str, place: Place) -> Self {
        self.ways.extend(place.methods.into_iter().map(|method| Way {
            method,
            path: path.to_owned(),
            right: None,
        }));
        Self { router: self.router.route(path, place.router), ways: self.ways }
    }

    /// With those of another.
    pub(crate) fn merge(mut self, other: Self) -> Self {
        self.ways.extend(other.ways);
        Self { router: self.router.merge(other.router), ways: self.ways }
    }

    /// All of them only for who may do that.
    pub(crate) fn only(mut self, right: Right) -> Self {
        for way in &mut self.ways {
            way.right = Some(right);
        }
        Self { router: self.router.route_layer(from_fn(demand(right))), ways: self.ways }
    }

    /// The table, and the router.
    pub(crate) fn split(self) -> (Vec<Way>, Router<Arc<Shared>>) {
        (self.ways, self.router)
    }
}
