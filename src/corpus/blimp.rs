//! BLiMP (Warstadt et al. 2020, arXiv 1912.00582) as the Hub has it: a data set with a table for each paradigm.

use super::dataset::{self, Table};
use super::table::{Column, Values};
use crate::error::Result;
use crate::hub::Hub;
use crate::study::{self, Wrong};

const REPOSITORY: &str = "nyu-mll/blimp";

/// Pairs of each paradigm.
pub const EACH: usize = 1000;

/// A paradigm's rows: good sentence, bad sentence, paradigm, name of the pair within it.
const COLUMNS: [Column; 4] = [
    Column { names: &["sentence_good"], values: Values::Text },
    Column { names: &["sentence_bad"], values: Values::Text },
    Column { names: &["UID"], values: Values::Text },
    Column { names: &["pair_id", "pairID"], values: Values::TextOrWhole },
];

/// The tables of the paradigms `wanted`, all where it is empty, and the data set's commit.
///
/// # Errors
/// [`Error::usage`] for a paradigm that BLiMP does not have, and as [`dataset::tables`].
pub fn load(wanted: &[String], hub: &mut Hub<'_>) -> Result<(Vec<Table>, String)> {
    if let Some(unknown) = wanted.iter().find(|name| !PARADIGMS.contains(&name.as_str())) {
        return Err(Wrong::NoneOfBlimp(unknown.clone(), study::nearest(unknown, &PARADIGMS)).into());
    }
    let chosen = PARADIGMS.iter().filter(|name| wanted.is_empty() || wanted.iter().any(|w| w == *name));
    let names: Vec<String> = chosen.map(|name| format!("{name}/train-00000-of-00001.parquet")).collect();
    dataset::tables(REPOSITORY, &names, &COLUMNS, hub)
}

/// BLiMP's 67 paradigms, in alphabetical order.
pub const PARADIGMS: [&str; 67] = [
    "adjunct_island",
    "anaphor_gender_agreement",
    "anaphor_number_agreement",
    "animate_subject_passive",
    "animate_subject_trans",
    "causative",
    "complex_NP_island",
    "coordinate_structure_constraint_complex_left_branch",
    "coordinate_structure_constraint_object_extraction",
    "determiner_noun_agreement_1",
    "determiner_noun_agreement_2",
    "determiner_noun_agreement_irregular_1",
    "determiner_noun_agreement_irregular_2",
    "determiner_noun_agreement_with_adj_2",
    "determiner_noun_agreement_with_adj_irregular_1",
    "determiner_noun_agreement_with_adj_irregular_2",
    "determiner_noun_agreement_with_adjective_1",
    "distractor_agreement_relational_noun",
    "distractor_agreement_relative_clause",
    "drop_argument",
    "ellipsis_n_bar_1",
    "ellipsis_n_bar_2",
    "existential_there_object_raising",
    "existential_there_quantifiers_1",
    "existential_there_quantifiers_2",
    "existential_there_subject_raising",
    "expletive_it_object_raising",
    "inchoative",
    "intransitive",
    "irregular_past_participle_adjectives",
    "irregular_past_participle_verbs",
    "irregular_plural_subject_verb_agreement_1",
    "irregular_plural_subject_verb_agreement_2",
    "left_branch_island_echo_question",
    "left_branch_island_simple_question",
    "matrix_question_npi_licensor_present",
    "npi_present_1",
    "npi_present_2",
    "only_npi_licensor_present",
    "only_npi_scope",
    "passive_1",
    "passive_2",
    "principle_A_c_command",
    "principle_A_case_1",
    "principle_A_case_2",
    "principle_A_domain_1",
    "principle_A_domain_2",
    "principle_A_domain_3",
    "principle_A_reconstruction",
    "regular_plural_subject_verb_agreement_1",
    "regular_plural_subject_verb_agreement_2",
    "sentential_negation_npi_licensor_present",
    "sentential_negation_npi_scope",
    "sentential_subject_island",
    "superlative_quantifiers_1",
    "superlative_quantifiers_2",
    "tough_vs_raising_1",
    "tough_vs_raising_2",
    "transitive",
    "wh_island",
    "wh_questions_object_gap",
    "wh_questions_subject_gap",
    "wh_questions_subject_gap_long_distance",
    "wh_vs_that_no_gap",
    "wh_vs_that_no_gap_long_distance",
    "wh_vs_that_with_gap",
    "wh_vs_that_with_gap_long_distance",
];
