using Vlm.Rewards;

namespace Vlm.Datasets;

/// <summary>Questions with lettered options: AI2D, ScienceQA, MMBench, MMStar, SEED-Bench.</summary>
internal static class ChoiceBenchmarks
{
    /// <summary>What asks for a letter.</summary>
    internal const string Letter = "\nAnswer with the option's letter from the given choices directly.";

    // {"question": "which of these define dairy item", "options": ["c", "D", "b", "a"], "answer": "1", "image": ...}
    public static Benchmark Ai2d { get; } = new()
    {
        Name = "ai2d",
        Title = "AI2D, Kembhavi et al. 2016, arXiv:1603.07396",
        Address = "https://huggingface.co/datasets/lmms-lab/ai2d",
        Licence = "CC BY-SA 4.0",
        Scorer = "https://github.com/EvolvingLMMs-Lab/lmms-eval/blob/75571cfe0fa36ca5ec2e6aa2bb268f9d38295af3/lmms_eval/tasks/ai2d/utils.py "
            + "(its makers published none of texts)",
        Metric = "exact_match",
        Columns = [new("question", "question"), .. ChoiceRow.Options, new("answer", "answer")],
        MaxNewTokens = 16,
        Read = row => [Asked(row, ChoiceRow.Read(row, isNumber: true), Letter)],
        Judge = (answer, question, mode) => Ai2dChoice.Score(answer, Right(question), question.Options, mode),
    };

    // {"question": "Which of these states is farthest north?", "choices": ["West Virginia", "Louisiana", ...], "answer": 0, "hint": "",
    //  "subject": "social science", "topic": "geography", "grade": "grade2", "image": ... or nothing}
    public static Benchmark ScienceQa { get; } = new()
    {
        Name = "scienceqa",
        Title = "ScienceQA, Lu et al. 2022, arXiv:2209.09513",
        Address = "https://huggingface.co/datasets/lmms-lab/ScienceQA",
        Licence = "CC BY-NC-SA 4.0",
        Scorer = "https://github.com/haotian-liu/LLaVA/blob/c121f0432da27facab705978f83c4ada465e46fd/llava/eval/eval_science_qa.py",
        Metric = "exact_match",
        Columns =
        [
            new("question", "question"), .. ChoiceRow.Options, new("answer", "answer"), new("hint", "hint") { IsOptional = true },
            new("subject", "subject") { IsOptional = true }, new("grade", "grade") { IsOptional = true },
        ],
        MaxNewTokens = 16,
        IsTextAllowed = true,
        Read = row =>
        [
            Asked(row, ChoiceRow.Read(row, isNumber: true), Letter, row.TextOrNull("hint") is { Length: > 0 } hint ? $"Context: {hint}\n" : "") with
            {
                Parts = [.. row.Parts("subject", "grade")],
            },
        ],
        Judge = (answer, question, mode) => ScienceQaChoice.Score(answer, Right(question), question.Options, mode),
    };

    // {"index": 241, "question": "Identify the question that ...", "hint": "The passage below ...", "A": ..., "B": ..., "C": "nan", "D": "nan",
    //  "answer": "B", "category": "identity_reasoning", "L2-category": "attribute_reasoning", "image": ...}
    public static Benchmark MmBench { get; } = new()
    {
        Name = "mmbench",
        Title = "MMBench, Liu et al. 2023, arXiv:2307.06281",
        Address = "https://huggingface.co/datasets/lmms-lab/MMBench",
        Licence = "Apache 2.0",
        Scorer = "https://github.com/open-compass/VLMEvalKit/blob/e8e78f05f3080fe28154f2130321f17951c3be94/vlmeval/utils/matching_util.py",
        Metric = "accuracy",
        Columns =
        [
            new("question", "question"), .. ChoiceRow.Options, new("answer", "answer"), new("hint", "hint") { IsOptional = true },
            new("category", "category") { IsOptional = true }, new("l2_category", "L2-category", "l2-category", "l2_category") { IsOptional = true },
        ],
        MaxNewTokens = 1024,
        Read = row => [MmBenchItem(row, ChoiceRow.Read(row, isNumber: false))],
        Judge = (answer, question, mode) => MmBenchChoice.Score(answer, Right(question), question.Options, mode),
        Sum = static (answers, _) => BenchmarkScores.Circular(answers),
    };

    // {"index": 0, "question": "Which option describe the object relationship in the image correctly?\nOptions: A: The suitcase is on the
    //  book., B: ...", "answer": "A", "category": "coarse perception", "l2_category": "image scene and topic", "image": ...}: the options are
    // in the question.
    public static Benchmark MmStar { get; } = new()
    {
        Name = "mmstar",
        Title = "MMStar, Chen et al. 2024, arXiv:2403.20330",
        Address = "https://huggingface.co/datasets/Lin-Chen/MMStar",
        Licence = "not stated; its sources' own",
        Scorer = "https://github.com/MMStar-Benchmark/MMStar/blob/main/eval/vlmeval/eval/mmstar_eval.py",
        Metric = "average",
        Columns =
        [
            new("question", "question"), .. ChoiceRow.Options, new("answer", "answer"),
            new("category", "category"), new("l2_category", "l2_category", "L2-category", "l2-category") { IsOptional = true },
        ],
        MaxNewTokens = 32,
        Read = row => [MmStarItem(row)],
        Judge = (answer, question, mode) => MmStarChoice.Score(answer, Right(question), question.Options, mode),
        Sum = static (answers, mode) =>
            mode == ScoringMode.LmmsEval ? BenchmarkScores.MeanOf(answers, "l2_category") : BenchmarkScores.Mean(answers),
    };

    // {"question_id": "101669", "question": "How many towels are in the image?", "choice_a": "One", "choice_b": "Two", "choice_c": "Three",
    //  "choice_d": "Four", "answer": "A", "data_type": "image", "question_type_id": 5, "image": [...]}
    public static Benchmark SeedBench { get; } = new()
    {
        Name = "seedbench",
        Title = "SEED-Bench, Li et al. 2023, arXiv:2307.16125",
        Address = "https://huggingface.co/datasets/lmms-lab/SEED-Bench",
        Licence = "CC BY-NC 4.0",
        Scorer = "https://github.com/AILab-CVC/SEED-Bench/blob/main/eval.py (by likelihood); "
            + "of texts: lmms-eval, lmms_eval/tasks/seedbench/utils.py",
        Metric = "accuracy",
        Columns =
        [
            new("question", "question"), .. ChoiceRow.Options, new("answer", "answer"),
            new("data_type", "data_type") { IsOptional = true }, new("question_type_id", "question_type_id") { IsOptional = true },
        ],
        Read = row => [Asked(row, ChoiceRow.Read(row, isNumber: false), Letter) with { Parts = row.Parts("data_type", "question_type_id") }],
        Judge = (answer, question, mode) => SeedChoice.Score(answer, Right(question), question.Options, mode),
    };

    // {"images": [...], "problem": "Find x.", "choices": ["3", "4", "5", "6"], "ground_truth": "B"}
    public static Benchmark Geometry3k { get; } = new()
    {
        Name = "geometry3k",
        Title = "Geometry3K, Lu et al. 2021, arXiv:2105.04165",
        Address = "https://huggingface.co/datasets/Yang130/geometry3k_4choices_mixed",
        Licence = "MIT",
        Scorer = "https://github.com/EvolvingLMMs-Lab/lmms-eval/blob/75571cfe0fa36ca5ec2e6aa2bb268f9d38295af3/lmms_eval/tasks/geometry3k/utils.py "
            + "(its makers published none of texts)",
        Metric = "exact_match",
        Columns = [new("question", "problem", "question"), .. ChoiceRow.Options, new("answer", "ground_truth", "answer")],
        MaxNewTokens = 1024,
        Read = row => [Asked(row, ChoiceRow.Read(row, isNumber: false), Letter)],
        Judge = (answer, question, mode) => Geometry3kChoice.Score(answer, Right(question), question.Options, mode),
    };

    /// <summary>The letter that is right.</summary>
    internal static char Right(BenchmarkQuestion question) => ((Truth.Choice)question.Example.Truth).Letter;

    /// <summary>A question, its options a line each, and what asks for a letter; in mode vlmevalkit as that writes it.</summary>
    internal static BenchmarkItem Asked(BenchmarkRow row, Truth.Choice truth, string after, string before = "")
    {
        string question = row.Text("question");
        return row.Mode == ScoringMode.VlmEvalKit ? new(options => KitPrompt(question, row.Hint(), options), truth)
            : new(options => $"{before}{question}\n{ChoiceRow.Lines(options)}{after}", truth);
    }

    /// <summary>VLMEvalKit, vlmeval/dataset/image_mcq.py (build_prompt).</summary>
    internal static string KitPrompt(string question, string? hint, IReadOnlyList<string> options) =>
        (string.IsNullOrWhiteSpace(hint) ? "" : $"Hint: {hint}\n") + $"Question: {question}\n"
        + (options.Count == 0 ? "" : $"Options:\n{ChoiceRow.Lines(options)}\nPlease select the correct answer from the options above. \n");

    private static BenchmarkItem MmBenchItem(BenchmarkRow row, Truth.Choice truth)
    {
        (string question, string? hint) = (row.Text("question"), row.Hint());
        return new(options => row.Mode != ScoringMode.LmmsEval ? KitPrompt(question, hint, options)
            : (hint is null ? "" : $"{hint} ") + $"{question} There are several options:\n{ChoiceRow.Lines(options)}\n{Letter}", truth)
        {
            Parts = row.Parts("category", "l2_category"),
            Group = CircularId(row),
        };
    }

    // Rows of VLMEvalKit's circular files: the rotations of question 241 are 1000241, 2000241 ...
    private static string? CircularId(BenchmarkRow row) =>
        row.Index is { } index && index >= 1_000_000 ? (index % 1_000_000).ToString(System.Globalization.CultureInfo.InvariantCulture) : null;

    private static BenchmarkItem MmStarItem(BenchmarkRow row)
    {
        BenchmarkPart[] parts = row.Parts("category", "l2_category");
        string question = row.Text("question").Trim();
        Truth.Choice truth = ChoiceRow.ReadOrWritten(row, question);
        return row.Mode == ScoringMode.VlmEvalKit ? new(options => KitPrompt(question, null, options), truth) { Parts = parts }
            : new(_ => $"{question}\nAnswer with the option's letter from the given choices directly", truth) { Parts = parts };
    }
}
