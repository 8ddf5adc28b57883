//! What each setting means, in a sentence for whoever sets it.

use super::{Key, Setting};
use crate::study::Kind;

impl Setting {
    /// Returns what it means, as the window says it where its control is pointed at.
    #[must_use]
    pub fn help(self) -> &'static str {
        match self {
            Self::Name => "A title, which stands on every figure, table and page",
            Self::Seed => "All noise of the study is derived from it",
            Self::ModelId => {
                "\"demo\" (built in), a repository of the Hugging Face Hub, a folder in its layout, or a .gguf file"
            }
            Self::Revision => "A branch, a tag or a commit of the repository; main is the newest",
            Self::Dtype => {
                "The type of weights and activations. 16 bits take half the memory; perturbations, softmax and losses are \
                 computed in 32 bits all the same."
            }
            Self::Source => {
                "\"demo\", \"short\" (built in), \"wikitext\" (from the Hugging Face Hub), a text file with one text a line, or \
                 .jsonl with a \"text\" field"
            }
            Self::Limit => "The first so many texts that pass the filter",
            Self::LongerThan => "A text is kept where it has more characters than this",
            Self::ShorterThan => "A text is kept where it has fewer characters than this",
            Self::MustContain => "A text is kept where it has this in it",
            Self::MustNotStartWith => "Nothing is dropped where this is empty",
            Self::MaxTokens => "Texts are cut after so many tokens",
            Self::SpecialTokens => "Which stand before and after a text",
            Self::Protocol => "A preset of the settings below; it is printed on every table",
            Self::Matching => "Whether every token moves by δ, or only their mean",
            Self::Coherence => "Whether the layers share their noise",
            Self::Pairing => {
                "Whether the two sentences of a minimal pair, and a text's runs with and without repair, share their noise"
            }
            Self::Rotation => "How a vector is turned in the angular mode",
            Self::Modes => "How hidden states are moved by δ",
            Self::Layers | Self::Of(_, Key::Layers) => "Whose output is disturbed: 0-based, such as 2-5 or 0-3,8",
            Self::Deltas => "The distances by which hidden states are moved",
            Self::DeltaUnit => "What δ is measured in",
            Self::Seeds => "How many (5 is 0 to 4), or which: 0, 3, 7",
            Self::Tokens => "Which tokens are moved",
            Self::Sign => "Of magnitude and of blend: whether a vector grows or shrinks",
            Self::Direction => {
                "Towards what angular, isotropic and blend move: \"random\", or a safetensors file with a tensor \"direction\" \
                 [hidden] or [layers, hidden], such as a steering vector"
            }
            Self::Unit => {
                "What is taken for a sample of what a verdict is to hold for: other seeds with these texts, other texts with \
                 these seeds, or others of both"
            }
            Self::DamageBound
            | Self::AccuracyBound
            | Self::EntropyBound
            | Self::RecoveryBound
            | Self::CosineBound
            | Self::InteractionBound => "Two that differ by less are called equivalent",
            Self::Asked(kind) => kind.question(),
            Self::Of(_, Key::Delta) => "The distance by which hidden states are moved",
            Self::Of(_, Key::Deltas) => "Distances of its own, or the study's",
            Self::Of(_, Key::Seeds) => "Of its own, or the study's: how many (5 is 0 to 4), or which: 0, 3, 7",
            Self::Of(_, Key::Texts) => "The first so many of the study's texts",
            Self::Of(Kind::Syntax, Key::Items) => "Pairs in all: as many of each paradigm, from the front",
            Self::Of(_, Key::Items) => {
                "The first so many of the minimal pairs, as many of each paradigm; with 0 none are audited"
            }
            Self::Of(_, Key::Pairs) => {
                "\"demo\" (built in), \"blimp\" (from the Hugging Face Hub), a .jsonl file in BLiMP's form, or a folder of them"
            }
            Self::Of(_, Key::Paradigms) => "Which paradigms of the source; all of them where none is chosen",
            Self::Of(_, Key::Scoring) => {
                "What a sentence's score is: of the log-probabilities of its tokens. lm-evaluation-harness takes the sum, with \
                 a space before the sentence and a beginning-of-sequence token before that; minicons takes the mean, with the \
                 tokenizer's own special tokens. Both whatever the texts' special tokens are."
            }
            Self::Of(_, Key::ReadLayers) => "Where it is read; without its own, in the layers that are disturbed",
            Self::Of(_, Key::RepairLayers) => "What is repaired; without its own, the layers that are disturbed",
            Self::Of(_, Key::Top) => {
                "Repaired together: the first so many heads of the ranking, and the first so many whole layers"
            }
            Self::Of(_, Key::SingleHeads) => "The first so many heads of the ranking, each repaired alone",
            Self::Of(_, Key::Size) => "Layers in a set; sets are chosen of the disturbed layers",
            Self::Of(_, Key::Random) => "Sets of layers that are drawn, for comparison",
            Self::Of(_, Key::Window) => "Layers in a window that slides over the whole depth; none where it is 0",
            Self::Of(_, Key::SingleLayers) => "Every layer of the whole depth is also disturbed, and repaired, alone",
        }
    }
}
