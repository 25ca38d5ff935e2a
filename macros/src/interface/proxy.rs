//! The host side: a type that implements the trait over an object of the other side.

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote};
use syn::Ident;

use super::check::{Argument, Method, body_name};
use super::types::{Output, OutputWay, Way};

/// The proxy's implementation of a method: the typed call, and otherwise the slow way.
pub(super) fn method(method: &Method, number: usize) -> TokenStream {
    let Method { arguments, output, .. } = method;
    let signature = plain_signature(method);
    let slow = slow_name(method);
    let names = arguments.iter().map(|argument| &argument.local);
    let locals: Vec<Ident> = (0..arguments.len()).map(|place| format_ident!("__a{place}")).collect();
    let types = arguments.iter().map(|argument| argument.way.abi());
    let reply = output.abi();
    let take = take(output);
    if let Some(value) = &method.later {
        let begin = begin(method, &locals);
        return quote! {
            #[inline]
            #signature {
                let ::core::option::Option::Some(__function) = self.remote.typed(#number) else {
                    return self.#slow(#(#names),*);
                };
                __k::boxed::<#value, _>(async move {
                    #begin
                    #take
                })
            }
        };
    }
    let prepares = arguments.iter().zip(&locals).map(|(argument, local)| prepare(argument, local));
    let arena = arena(arguments, |way| matches!(way, Way::Ref(_) | Way::Owned(_) | Way::Boxed(_)));
    quote! {
        #[inline]
        #signature {
            let ::core::option::Option::Some(__function) = self.remote.typed(#number) else {
                return self.#slow(#(#names),*);
            };
            #arena
            #(#prepares)*
            // SAFETY: the link found this function under a signature that is equal to this method's, and the object
            // that it was found with is held.
            let __reply = unsafe {
                let __function = ::core::mem::transmute::<
                    __k::RawFn,
                    unsafe extern "C" fn(*const ::core::ffi::c_void, #(#types),*) -> __k::Reply<#reply>,
                >(__function);
                __function(self.remote.data(), #(#locals),*)
            };
            #take
        }
    }
}

/// Begins an async method and awaits `__reply`. What is lent to the call stays in the future around this, and is gone
/// after the future of the other side: what is declared last is dropped first.
fn begin(method: &Method, locals: &[Ident]) -> TokenStream {
    let Method { arguments, output, .. } = method;
    let pairs = || arguments.iter().zip(locals);
    let lends = arguments.iter().filter_map(|argument| {
        let (holder, Argument { local: name, way, .. }) = (holder(argument), argument);
        match way {
            Way::Lent(_) => lent(argument),
            Way::Ref(of) => {
                Some(quote!(let #holder = __k::Parked(<#of as __k::Wire>::view(#name, &mut __views));))
            }
            _ => None,
        }
    });
    let prepares = pairs().map(|(argument, local)| {
        let holder = holder(argument);
        match &argument.way {
            Way::Lent(of) => quote!(let #local = #holder.object(<#of as __k::Interface>::lent());),
            Way::Ref(_) => quote!(let #local = &raw const #holder.0;),
            _ => prepare(argument, local),
        }
    });
    let types = arguments.iter().map(|argument| argument.way.abi());
    let (reply, failed) = (output.abi(), failed(output));
    let views = arguments.iter().any(|argument| matches!(argument.way, Way::Ref(_)));
    let views = views.then(|| quote!(let mut __views = __k::Arena::new();));
    let arena = arena(arguments, |way| matches!(way, Way::Owned(_) | Way::Boxed(_)));
    quote! {
        #views
        #(#lends)*
        let __begun = {
            #arena
            #(#prepares)*
            // SAFETY: the link found this function under a signature that is equal to this method's, and the object
            // that it was found with is held by whoever this future borrows; what is lent is alive until the future
            // of the other side is gone.
            unsafe {
                let __function = ::core::mem::transmute::<
                    __k::RawFn,
                    unsafe extern "C" fn(*const ::core::ffi::c_void, #(#types),*) -> __k::Reply<__k::FutureRaw>,
                >(__function);
                self.remote.begun::<#reply>(__function(self.remote.data(), #(#locals),*))
            }
        };
        let __reply = match __begun {
            ::core::result::Result::Ok(__future) => __future.await,
            ::core::result::Result::Err(__fault) => #failed,
        };
    }
}

/// An arena, where an argument that is meant is among them.
fn arena(arguments: &[Argument], meant: fn(&Way) -> bool) -> Option<TokenStream> {
    let needed = arguments.iter().any(|argument| meant(&argument.way));
    needed.then(|| quote!(let mut __arena = __k::Arena::new();))
}

/// The slow way of a method: the trait's own body where the other side lacks it, else a message.
pub(super) fn slow_method(method: &Method, number: usize) -> TokenStream {
    let Method { arguments, output, body, .. } = method;
    let mut signature = plain_signature(method);
    signature.ident = slow_name(method);
    let names = arguments.iter().map(|argument| &argument.local);
    let own = body.as_ref().map(|_| {
        let body = body_name(&method.name);
        quote! {
            if self.remote.lacks(#number) {
                return <Self as __Bodies>::#body(self, #(#names),*);
            }
        }
    });
    let count = arguments.len();
    let lends = arguments.iter().map(lend);
    let writes = arguments.iter().map(|Argument { local: name, way, .. }| match way {
        Way::Str => quote!(__to.str(#name);),
        Way::Slice(of) => quote!(<#of as __k::Wire>::encode_list(#name, __to);),
        Way::Lent(_) => quote!(__to.object(#name);),
        Way::Boxed(of) => quote!(__to.object(<#of as __k::Interface>::give_box(#name));),
        Way::Ref(of) => quote!(<#of as __k::Wire>::encode(#name, __to);),
        Way::Owned(of) => quote!(<#of as __k::Wire>::encode(&#name, __to);),
    });
    let failed = failed(output);
    let read = read(output);
    if let Some(value) = &method.later {
        return quote! {
            #[cold]
            #[inline(never)]
            #signature {
                #own
                __k::boxed::<#value, _>(async move {
                    #(#lends)*
                    let __later = self.remote.begin(#number, |__to| { __to.tuple(#count); #(#writes)* });
                    let __answer = match __later {
                        ::core::result::Result::Ok(__later) => __later.await,
                        ::core::result::Result::Err(__fault) => ::core::result::Result::Err(__fault),
                    };
                    let __answer = match __answer {
                        ::core::result::Result::Ok(answer) => answer,
                        ::core::result::Result::Err(__fault) => #failed,
                    };
                    #read
                })
            }
        };
    }
    quote! {
        #[cold]
        #[inline(never)]
        #signature {
            #own
            #(#lends)*
            let __answer = match self.remote.message(#number, |__to| { __to.tuple(#count); #(#writes)* }) {
                ::core::result::Result::Ok(answer) => answer,
                ::core::result::Result::Err(__fault) => #failed,
            };
            #read
        }
    }
}

fn slow_name(method: &Method) -> Ident {
    format_ident!("slow_{}", method.name, span = Span::call_site())
}

/// The signature with names for generated code, and without `mut`, which belongs to the author's body.
pub(super) fn plain_signature(method: &Method) -> syn::Signature {
    let mut signature = method.signature.clone();
    let typed = signature.inputs.iter_mut().filter_map(|input| match input {
        syn::FnArg::Typed(typed) => Some(typed),
        syn::FnArg::Receiver(_) => None,
    });
    for (typed, Argument { local, .. }) in typed.zip(&method.arguments) {
        typed.attrs.clear();
        *typed.pat = syn::parse_quote!(#local);
    }
    signature
}

/// What holds what an argument lends.
fn holder(Argument { local: name, .. }: &Argument) -> Ident {
    format_ident!("__lent_{}", name)
}

/// The holder of a lent object.
fn lent(argument: &Argument) -> Option<TokenStream> {
    let Argument { local: name, way: Way::Lent(of), .. } = argument else { return None };
    let holder = holder(argument);
    Some(quote! {
        // SAFETY: the holder is gone before this call ends, and the reference lives longer than the call.
        let #holder = unsafe {
            __k::Lent::<#of>::new(::core::mem::transmute::<&#of, &'static #of>(#name))
        };
    })
}

/// A lent object in place of a reference to one.
fn lend(argument: &Argument) -> Option<TokenStream> {
    let Argument { local: name, way: Way::Lent(of), .. } = argument else { return None };
    let (lent, holder) = (lent(argument), holder(argument));
    Some(quote! {
        #lent
        let #name = #holder.object(<#of as __k::Interface>::lent());
    })
}

fn prepare(argument: &Argument, local: &Ident) -> TokenStream {
    let Argument { local: name, way, .. } = argument;
    match way {
        Way::Str => quote!(let #local = __k::Str::new(#name);),
        Way::Slice(_) => quote!(let #local = __k::Slice::new(#name);),
        Way::Lent(_) => {
            let lend = lend(argument);
            quote!(#lend let #local = #name;)
        }
        // Held for the call, as an `Arc` is: the two are one type to the other side.
        Way::Boxed(of) => quote! {
            let #local = <#of as __k::Interface>::give_box(#name);
            __arena.hold(#local);
        },
        Way::Ref(of) => quote! {
            let #local = <#of as __k::Wire>::view(#name, &mut __arena);
            let #local = &raw const #local;
        },
        Way::Owned(of) => quote! {
            let mut #name = #name;
            let #local = <#of as __k::Wire>::pass(&mut #name, &mut __arena);
        },
    }
}

/// What becomes of `__fault`: the method's error, or a panic that carries it.
fn failed(output: &Output) -> TokenStream {
    match &output.error {
        Some(error) => {
            quote!(return ::core::result::Result::Err(<#error as __k::Receives>::receive(__fault)))
        }
        None => quote!(__fault.raise()),
    }
}

/// Reads `__reply`.
fn take(output: &Output) -> TokenStream {
    let failed = failed(output);
    let read = |take: TokenStream, wrap: TokenStream| {
        quote! {
            // SAFETY: the status says which value there is, and it is taken once.
            match unsafe { #take } {
                ::core::result::Result::Ok(__value) => #wrap,
                ::core::result::Result::Err(__malformed) => {
                    let __fault = self.remote.blame(__malformed);
                    #failed
                }
            }
        }
    };
    let surely = |reply: TokenStream, wrap: fn(TokenStream) -> TokenStream| {
        let OutputWay::Owned(of) = &output.value else { return None };
        let value = wrap(quote!(<#of as __k::Wire>::take_surely(#reply, self.remote.origin())));
        Some(quote! {
            if self.remote.surely::<#of>() {
                // SAFETY: the status says which value there is, it is taken once, and `surely` rules a failure out.
                return unsafe { #value };
            }
        })
    };
    let take_value = |reply: TokenStream| match &output.value {
        OutputWay::Owned(of) => quote!(<#of as __k::Wire>::take(#reply, self.remote.origin())),
        OutputWay::Boxed(of) => quote!(<#of as __k::Interface>::take_box(#reply, self.remote.origin())),
    };
    let (done, refused) = match &output.error {
        None => {
            let surely = surely(quote!(__reply.value.assume_init()), |value| value);
            let done = read(take_value(quote!(__reply.value.assume_init())), quote!(__value));
            (quote!({ #surely #done }), None)
        }
        Some(error) => {
            let surely = surely(
                quote!(__reply.value.assume_init().done),
                |value| quote!(::core::result::Result::Ok(#value)),
            );
            let done = read(
                take_value(quote!(__reply.value.assume_init().done)),
                quote!(::core::result::Result::Ok(__value)),
            );
            let done = quote!({ #surely #done });
            let refused = read(
                quote!(<#error as __k::Wire>::take(__reply.value.assume_init().refused, self.remote.origin())),
                quote!(::core::result::Result::Err(__value)),
            );
            (done, Some(quote!(__k::Status::REFUSED => #refused,)))
        }
    };
    let faulted = match &output.error {
        Some(_) => quote! {
            let __fault = self.remote.fault(__status);
            #failed
        },
        None => quote!(self.remote.raise(__status)),
    };
    quote! {
        match __reply.status {
            __k::Status::DONE => #done,
            #refused
            __status => { #faulted }
        }
    }
}

/// Reads `__answer`.
fn read(output: &Output) -> TokenStream {
    let failed = failed(output);
    let value = match &output.value {
        OutputWay::Owned(of) => quote!(__answer.decode(<#of as __k::Wire>::decode)),
        OutputWay::Boxed(of) => quote! {
            // SAFETY: the message holds its objects while it is decoded.
            __answer.decode(|from| unsafe { <#of as __k::Interface>::read_box(from.object()?, from.origin()) })
        },
    };
    let decoded = |decode: TokenStream, wrap: TokenStream| {
        quote! {
            match #decode {
                ::core::result::Result::Ok(__value) => #wrap,
                ::core::result::Result::Err(__malformed) => {
                    let __fault = self.remote.blame(__malformed);
                    #failed
                }
            }
        }
    };
    match &output.error {
        None => decoded(value, quote!(__value)),
        Some(error) => {
            let value = decoded(value, quote!(::core::result::Result::Ok(__value)));
            let refused = decoded(
                quote!(__answer.decode(<#error as __k::Wire>::decode)),
                quote!(::core::result::Result::Err(__value)),
            );
            quote!(if __answer.refused { #refused } else { #value })
        }
    }
}
