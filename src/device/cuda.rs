//! NVIDIA cards, through the driver.

use super::{Choice, Found, Limit, Opened, Room};
use crate::error::{Error, Result, first_line};
use candle_core::Device;
use candle_core::cuda_backend::cudarc::driver::{CudaContext, DriverError, sys};
use candle_core::cuda_backend::{
    set_gemm_reduced_precision_bf16, set_gemm_reduced_precision_f16, set_gemm_reduced_precision_f32,
};

/// The cards that the driver knows; none where it cannot be asked.
pub fn list() -> Vec<Found> {
    let count = CudaContext::device_count().ok().and_then(|n| usize::try_from(n).ok()).unwrap_or(0);
    (0..count).filter_map(|ordinal| look(ordinal).ok()).collect()
}

fn look(ordinal: usize) -> std::result::Result<Found, DriverError> {
    let context = CudaContext::new(ordinal)?;
    let (free, total) = context.mem_get_info()?;
    let (total, free) = (total as u64, free as u64);
    let rooms = vec![Room { limit: Limit::Device, total, free }];
    Ok(Found { choice: Choice::Cuda(ordinal), name: context.name()?, total, free, rooms })
}

/// Opens the card `found`. Products are never computed in TF32 nor summed in 16 bits.
pub fn open(ordinal: usize, found: Found) -> Result<Opened> {
    set_gemm_reduced_precision_f32(false);
    set_gemm_reduced_precision_f16(false);
    set_gemm_reduced_precision_bf16(false);
    let device = Device::new_cuda(ordinal).map_err(|error| {
        Error::unavailable(format!("device {} cannot be used: {}", found.choice, first_line(&error)))
    })?;
    let provenance = [
        ("device", format!("{} {}", found.choice, found.name)),
        ("driver", driver()),
        ("tf32", "off".to_owned()),
        ("sums_in_16_bits", "off".to_owned()),
    ];
    let provenance = provenance.map(|(key, value)| (key.to_owned(), value)).into();
    Ok(Opened { device, found, provenance })
}

/// The newest CUDA that the driver knows.
fn driver() -> String {
    let mut version = 0;
    // SAFETY: the function writes one number, to where it is told to.
    #[allow(unsafe_code)]
    let outcome = unsafe { sys::cuDriverGetVersion(&raw mut version) };
    match outcome {
        sys::CUresult::CUDA_SUCCESS => format!("CUDA {}.{}", version / 1000, version % 1000 / 10),
        _ => "unknown".to_owned(),
    }
}
