//! An interface whose arguments and results are interfaces, slices and references.

#[keyway::interface(id = "text/walker", version = "1.0")]
pub trait Walker: Send + Sync {
    fn walk(&self, visitor: &dyn Visitor, over: &[u32], by: &Rules);
    fn keep(&self, shared: Arc<dyn Visitor>, own: Box<dyn Visitor>) -> Box<dyn Visitor>;
}
