# What base R makes of the questions that make_statistics_tests.py writes, a line each, tab-separated:
# name, test, then its arguments, values joined by commas. Answers: name, test, values with 17 digits.
lines <- strsplit(readLines(commandArgs(TRUE)[1]), "\t", fixed = TRUE)
values <- function(text) as.numeric(strsplit(text, ",", fixed = TRUE)[[1]])
sides <- function(test) {
  of <- lapply(c("two.sided", "greater", "less"), function(side) suppressWarnings(test(side)))
  c(of[[1]]$statistic, sapply(of, function(result) result$p.value), of[[1]]$parameter, of[[1]]$conf.int)
}
for (line in lines) {
  x <- lapply(line[-(1:2)], values)
  answer <- switch(line[2],
    paired = sides(function(side) t.test(x[[1]], x[[2]], paired = TRUE, alternative = side)),
    student = sides(function(side) t.test(x[[1]], x[[2]], var.equal = TRUE, alternative = side)),
    welch = sides(function(side) t.test(x[[1]], x[[2]], alternative = side)),
    signed_rank_exact = sides(function(side)
      wilcox.test(x[[1]], x[[2]], paired = TRUE, exact = TRUE, alternative = side)),
    signed_rank_normal = sides(function(side)
      wilcox.test(x[[1]], x[[2]], paired = TRUE, exact = FALSE, correct = FALSE, alternative = side)),
    mcnemar = binom.test(x[[1]][1], sum(x[[1]]))$p.value,
    holm = p.adjust(x[[1]], "holm"),
    benjamini_hochberg = p.adjust(x[[1]], "BH"),
    noncentral_t = pt(x[[1]][1], x[[1]][2], x[[1]][3])
  )
  cat(line[1], line[2], paste(sprintf("%.17g", answer), collapse = ","), sep = "\t")
  cat("\n")
}
cat("version", paste0("R ", getRversion()), sep = "\t")
cat("\n")
