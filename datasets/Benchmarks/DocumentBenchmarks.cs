using Vlm.Rewards;

namespace Vlm.Datasets;

/// <summary>Questions about scanned documents and infographics, measured by edit distance.</summary>
internal static class DocumentBenchmarks
{
    // {"questionId": "337", "question": "what is the date mentioned in this letter?", "answers": ["1/8/93"], "question_types": ["handwritten"],
    //  "image": ...}
    public static Benchmark DocVqa { get; } = new()
    {
        Name = "docvqa",
        Title = "DocVQA, Mathew et al. 2021, arXiv:2007.00398",
        Address = "https://huggingface.co/datasets/lmms-lab/DocVQA",
        Licence = "annotations for research; documents of the UCSF Industry Documents Library",
        Scorer = "https://rrc.cvc.uab.es/?ch=17 (evaluation of task 1; ANLS of Biten et al. 2019, arXiv:1905.13648, equation 1)",
        Metric = "anls",
        Columns =
        [
            new("question", "question"),
            new("answers", "answers", "answer"),
            new("question_types", "question_types") { IsOptional = true },
        ],
        Read = row => [Question(row) with { Parts = row.Parts("question_types") }],
        Judge = (answer, question, _) => Anls.Score(answer, question.Answers),
    };

    // {"questionId": "98313", "question": "What is the second most common work?", "answers": ["..."], "answer_type": ["single span"],
    //  "operation/reasoning": [], "image": ...}
    public static Benchmark InfoVqa { get; } = DocVqa with
    {
        Name = "infovqa",
        Title = "InfographicVQA, Mathew et al. 2022, arXiv:2104.12756",
        Licence = "annotations for research; images of the web under their own",
        Scorer = "https://rrc.cvc.uab.es/?ch=17 (evaluation of task 3)",
        Columns =
        [
            new("question", "question"),
            new("answers", "answers", "answer"),
            new("answer_type", "answer_type") { IsOptional = true },
            new("operation", "operation/reasoning", "operation") { IsOptional = true },
        ],
        Read = row => [Question(row) with { Parts = row.Parts("answer_type", "operation") }],
    };

    private static BenchmarkItem Question(BenchmarkRow row) =>
        BenchmarkItem.Of(row.Text("question") + VqaBenchmarks.Short, AcceptedAnswers.Of(row.Texts("answers")));
}
