using Vlm.Rewards;

namespace Vlm.Datasets;

/// <summary>Questions to which ten people gave answers: VQAv2, OK-VQA, TextVQA.</summary>
internal static class VqaBenchmarks
{
    /// <summary>What asks for a short answer.</summary>
    internal const string Short = "\nAnswer the question using a single word or phrase.";

    private static readonly BenchmarkColumn[] s_columns =
    [
        new("question", "question"),
        new("answers", "answers", "answer"),
        new("answer_type", "answer_type") { IsOptional = true },
        new("question_type", "question_type") { IsOptional = true },
    ];

    // {"question_id": 262148002, "question": "What is the table made of?", "answers": [{"answer": "wood", "answer_id": 1}, ...],
    //  "answer_type": "other", "question_type": "what is the", "image": ...}
    public static Benchmark VqaV2 { get; } = new()
    {
        Name = "vqav2",
        Title = "VQAv2, Goyal et al. 2017, arXiv:1612.00837",
        Address = "https://huggingface.co/datasets/lmms-lab/VQAv2",
        Licence = "CC BY 4.0 (annotations); images of COCO under their own",
        Scorer = "https://github.com/GT-Vision-Lab/VQA/blob/a013f0067dcaf0d9c77ae2e1c7ca6ce55a1fd2f7/PythonEvaluationTools/vqaEvaluation/vqaEval.py",
        Metric = "vqa_accuracy",
        Columns = s_columns,
        MaxNewTokens = 16,
        Read = row => [Question(row, row.Text("question") + Short)],
        Judge = (answer, question, mode) => VqaAccuracy.Score(answer, question.Answers, mode),
    };

    // {"question_id": 2971475, "question": "What sport can you use this for?", "answers": ["race", "race", "motocross", ...], "image": ...}
    public static Benchmark OkVqa { get; } = VqaV2 with
    {
        Name = "ok_vqa",
        Title = "OK-VQA, Marino et al. 2019, arXiv:1906.00067",
        Address = "https://huggingface.co/datasets/lmms-lab/OK-VQA",
        Licence = "not stated by its makers; images of COCO under their own",
        MaxNewTokens = 32,
        Read = row => [Question(row, row.Text("question") + (row.Mode == ScoringMode.VlmEvalKit ? Short
            : "\nWhen the provided information is insufficient, respond with 'Unanswerable'." + Short))],
        Judge = (answer, question, mode) => mode == ScoringMode.LmmsEval
            ? TextVqaAccuracy.Score(answer, question.Answers, mode) : VqaAccuracy.Score(answer, question.Answers, mode),
    };

    // {"question_id": 34602, "question": "what is the brand of this camera?", "answers": ["dakota", "clos culombu", ...], "image": ...}
    public static Benchmark TextVqa { get; } = VqaV2 with
    {
        Name = "textvqa",
        Title = "TextVQA, Singh et al. 2019, arXiv:1904.08920",
        Address = "https://huggingface.co/datasets/lmms-lab/textvqa",
        Licence = "CC BY 4.0",
        Scorer = "https://github.com/facebookresearch/mmf/blob/main/mmf/utils/m4c_evaluators.py",
        MaxNewTokens = 32,
        Read = row => [Question(row, (row.Mode == ScoringMode.LmmsEval ? Capitalized(row.Text("question")) : row.Text("question")) + Short)],
        Judge = (answer, question, mode) => TextVqaAccuracy.Score(answer, question.Answers, mode),
    };

    private static BenchmarkItem Question(BenchmarkRow row, string prompt) => BenchmarkItem.Of(prompt, AcceptedAnswers.Of(row.Texts("answers"))) with
    {
        Parts = row.Parts("answer_type", "question_type"),
    };

    // Python's str.capitalize.
    private static string Capitalized(string text) => text.Length == 0 ? text : char.ToUpperInvariant(text[0]) + text[1..].ToLowerInvariant();
}
