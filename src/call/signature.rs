//! From a function's types to what a plan is made of, for any machine.

use super::tail::Promoted;
use crate::abi::{self, CallPlan, Convention, Signature};
use crate::error::{Error, ErrorKind, Result};
use crate::layout::{LeafKind, Shape};
use crate::target::Target;
use crate::types::{self, CallingConvention, Kind, Scope, Type};
use std::sync::Arc;

/// The types of every argument as they travel: the parameters, then what stands behind `...`.
pub(super) fn passed_types(function: &types::Function, tail: &[Type]) -> Vec<(Type, Option<Arc<str>>)> {
    let fixed =
        function.parameters.iter().map(|parameter| (passed_type(&parameter.ty), parameter.name.clone()));
    fixed.chain(tail.iter().map(|ty| (ty.clone(), None))).collect()
}

/// What a plan is made of.
pub(super) fn signature(
    scope: &Scope,
    function: &types::Function,
    types: &[(Type, Option<Arc<str>>)],
    variadic: bool,
) -> Result<Signature> {
    let convention = convention(scope.target(), function.convention)?;
    let arguments = types.iter().map(|(ty, _)| types::shape(ty, scope)).collect::<Result<Vec<Shape>>>()?;
    let result = match function.result.kind() {
        Kind::Void => None,
        _ => Some(types::shape(&function.result, scope)?),
    };
    for shape in arguments.iter().chain(&result) {
        is_known(shape)?;
    }
    Ok(Signature { result, arguments, fixed: function.parameters.len(), variadic, convention })
}

/// A vector of 32 or 64 bytes, alone in its record as well, travels in a register if its function was compiled for AVX,
/// and else in memory: nothing in a declaration says which.
fn is_known(shape: &Shape) -> Result<()> {
    let is_wide = matches!(shape.leaves(), [leaf] if matches!(leaf.kind, LeafKind::Vector { .. }) && leaf.size_bits > 128);
    if !is_wide {
        return Ok(());
    }
    let message = format!(
        "vectors of {} bytes by value are not supported yet, because where they travel depends on how their function was \
         compiled; pass a pointer",
        shape.size()
    );
    Err(Error::new(ErrorKind::Unsupported, message))
}

/// The plan of a call with these types behind `...`, which are promoted as C does.
pub(super) fn plan(scope: &Scope, function: &types::Function, tail: &[Type]) -> Result<CallPlan> {
    let variadic = function.tail != types::ParameterTail::Closed;
    let tail: Vec<Type> = tail.iter().map(promoted).collect();
    abi::plan(&signature(scope, function, &passed_types(function, &tail), variadic)?)
}

fn promoted(ty: &Type) -> Type {
    match ty.kind() {
        Kind::Scalar(scalar) => match Promoted::of_scalar(*scalar) {
            Promoted::Scalar(wide) => Type::scalar(wide),
            _ => ty.clone(),
        },
        _ => ty.clone(),
    }
}

/// A transparent union travels as its first member.
fn passed_type(ty: &Type) -> Type {
    let body = ty.as_record().and_then(|record| record.body()).filter(|body| body.packing.transparent);
    let first = body.as_ref().and_then(|body| body.fields.first());
    first.map_or_else(|| ty.clone(), |field| field.ty.clone())
}

/// What else a parameter may be given that is a transparent union: its other members, and itself.
pub(super) fn other_members(function: &types::Function) -> Vec<(usize, Type)> {
    let mut found = Vec::new();
    for (index, parameter) in function.parameters.iter().enumerate() {
        let body = parameter.ty.as_record().and_then(|record| record.body());
        if let Some(body) = body.filter(|body| body.packing.transparent) {
            found.extend(body.fields.iter().skip(1).map(|field| (index, field.ty.clone())));
            found.push((index, parameter.ty.clone()));
        }
    }
    found
}

pub(super) fn convention(target: Target, wanted: CallingConvention) -> Result<Convention> {
    if !target.name().starts_with("x86_64") {
        return Err(Error::new(ErrorKind::Unsupported, format!("calls on {target} are not supported yet")));
    }
    Ok(match wanted {
        CallingConvention::SystemV => Convention::Sysv64,
        CallingConvention::Microsoft => Convention::Win64,
        CallingConvention::C if target.name().contains("windows") => Convention::Win64,
        CallingConvention::C => Convention::Sysv64,
    })
}
