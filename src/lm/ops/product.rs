//! Matrix products by the `gemm` crate, which the tensor library uses too, into memory of our own choice.

use gemm::Parallelism;

/// A matrix inside a slice: element (i, j) is at `i · row + j · column`.
pub struct Matrix<'a> {
    /// Where its first element is first.
    pub values: &'a [f32],
    /// From one row to the next.
    pub row: usize,
    /// From one column to the next.
    pub column: usize,
}

impl Matrix<'_> {
    /// The same memory read as the transpose.
    pub fn transposed(&self) -> Self {
        Self { values: self.values, row: self.column, column: self.row }
    }

    /// Whether a matrix of this shape lies inside the slice.
    fn holds(&self, rows: usize, columns: usize) -> bool {
        (rows - 1) * self.row + (columns - 1) * self.column < self.values.len()
    }
}

/// `out = scale · a·b` for a `[rows, inner]` and b `[inner, columns]`, on the calling thread; row i of `out` starts at
/// `i · out_row`.
///
/// # Panics
/// Where a matrix does not fit its slice, which would be a bug of the caller.
pub fn multiply(dims: [usize; 3], scale: f32, a: &Matrix, b: &Matrix, out: &mut [f32], out_row: usize) {
    let [rows, inner, columns] = dims;
    assert!(rows > 0 && inner > 0 && columns > 0);
    assert!(columns <= out_row && (rows - 1) * out_row + columns <= out.len());
    // SAFETY: `out` holds every element that is written, as asserted; it is borrowed mutably, and no row overlaps another.
    #[allow(unsafe_code)]
    unsafe {
        run(dims, scale, a, b, out.as_mut_ptr(), out_row, Parallelism::None);
    }
}

/// x·Wᵀ `[rows, out]` of x `[rows, inner]` and W `[out, inner]`, on all threads.
pub fn product(x: &[f32], weight: &[f32], [rows, inner, out]: [usize; 3]) -> Vec<f32> {
    let x = Matrix { values: x, row: inner, column: 1 };
    let weight = Matrix { values: weight, row: 1, column: inner };
    let parallelism = match rayon::current_num_threads() {
        _ if super::is_alone() => Parallelism::None,
        1 => Parallelism::None,
        threads => Parallelism::Rayon(threads),
    };
    let mut values = Vec::with_capacity(rows * out);
    // SAFETY: the allocation holds the rows · out elements, all of which gemm writes and none of which it reads.
    // Memory that is cleared first would cost as much as the bias and the activation together.
    #[allow(unsafe_code)]
    unsafe {
        run([rows, inner, out], 1.0, &x, &weight, values.as_mut_ptr(), out, parallelism);
        values.set_len(rows * out);
    }
    values
}

/// # Safety
/// `out` must be valid for writes of `columns` elements at each `i · out_row`, i < `rows`.
///
/// # Panics
/// Where a or b does not fit its slice.
#[allow(unsafe_code)] // the callers say why
unsafe fn run(
    [rows, inner, columns]: [usize; 3],
    scale: f32,
    a: &Matrix,
    b: &Matrix,
    out: *mut f32,
    out_row: usize,
    parallelism: Parallelism,
) {
    assert!(a.holds(rows, inner) && b.holds(inner, columns));
    #[allow(clippy::cast_possible_wrap)]
    let stride = |s: usize| s as isize;
    // SAFETY: the assertion keeps what gemm reads inside its slices; what it writes is the caller's promise.
    unsafe {
        gemm::gemm(
            rows,
            columns,
            inner,
            out,
            1,
            stride(out_row),
            false,
            a.values.as_ptr(),
            stride(a.column),
            stride(a.row),
            b.values.as_ptr(),
            stride(b.column),
            stride(b.row),
            0.0,
            scale,
            false,
            false,
            false,
            parallelism,
        );
    }
}
