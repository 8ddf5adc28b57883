//! Matrix products by the `gemm` crate, which the tensor library uses too, into memory of our own choice.

use gemm::Parallelism;
use rayon::prelude::*;

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
        run(dims, scale, a, b, out.as_mut_ptr(), out_row);
    }
}

/// x·Wᵀ `[rows, out]` of x `[rows, inner]` and W `[out, inner]`, which lies in panels of `panel` outputs, each
/// `[inner, outputs]`; on all threads, unless they are busy. `finish` is given the outputs of a panel row by row as soon
/// as they are made, and which is the first of them.
///
/// # Panics
/// Where x or W has too few values, which would be a bug of the caller.
pub fn product(
    x: &[f32],
    weight: &[f32],
    [rows, inner, out]: [usize; 3],
    panel: usize,
    finish: impl Fn(usize, &mut [f32]) + Sync,
) -> Vec<f32> {
    let x = Matrix { values: x, row: inner, column: 1 };
    let mut values = Vec::with_capacity(rows * out);
    let result = Result { start: values.as_mut_ptr() };
    let each = |first: usize| {
        let width = panel.min(out - first);
        let weight = Matrix { values: &weight[first * inner..][..width * inner], row: width, column: 1 };
        // SAFETY: the allocation holds the rows · out elements. Panels are parts of a row that do not overlap, so each
        // is written by one thread; gemm writes all of it and reads none of it before `finish` sees it, whose borrow
        // ends before the next row's begins. Memory that is cleared first would cost as much as bias and activation.
        #[allow(unsafe_code)]
        unsafe {
            let start = result.at(first);
            run([rows, inner, width], 1.0, &x, &weight, start, out);
            for row in 0..rows {
                finish(first, std::slice::from_raw_parts_mut(start.add(row * out), width));
            }
        }
    };
    let panels = out.div_ceil(panel);
    if super::is_alone() {
        (0..panels).for_each(|i| each(i * panel));
    } else {
        (0..panels).into_par_iter().for_each(|i| each(i * panel));
    }
    // SAFETY: every panel of every row has been written.
    #[allow(unsafe_code)]
    unsafe {
        values.set_len(rows * out);
    }
    values
}

/// Where a result is written, by several threads, each its own part.
struct Result {
    start: *mut f32,
}

// SAFETY: it is only written through, and by `product` alone, which says why that is sound.
#[allow(unsafe_code)]
unsafe impl Sync for Result {}

impl Result {
    /// Where the column `first` of its first row is.
    ///
    /// # Safety
    /// There must be such a column.
    #[allow(unsafe_code)]
    unsafe fn at(&self, first: usize) -> *mut f32 {
        // SAFETY: the caller's promise.
        unsafe { self.start.add(first) }
    }
}

/// # Safety
/// `out` must be valid for writes of `columns` elements at each `i · out_row`, i < `rows`.
///
/// # Panics
/// Where a or b does not fit its slice.
#[allow(unsafe_code)] // the callers say why
unsafe fn run([rows, inner, columns]: [usize; 3], scale: f32, a: &Matrix, b: &Matrix, out: *mut f32, out_row: usize) {
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
            Parallelism::None,
        );
    }
}
