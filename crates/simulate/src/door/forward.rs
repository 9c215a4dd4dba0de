//! Every method of the store that the simulator only lets through: logged nowhere, failing like all.

/// Implements a port of the store: each step may die before and after, and may meet trouble. Steps
/// that write may also be done although the answer says otherwise.
macro_rules! forward {
    ($port:ident { $($kind:ident fn $method:ident($($name:ident: $type:ty),*) -> $answer:ty;)* }) => {
        #[async_trait::async_trait]
        impl $port for StoreDoor {
            $(async fn $method(&self, $($name: $type),*) -> $answer {
                self.step(forward!(@is_write $kind), || self.now(self.db().$method($($name),*))).await
            })*
        }
    };
    (@is_write reads) => { false };
    (@is_write writes) => { true };
}
pub(super) use forward;
