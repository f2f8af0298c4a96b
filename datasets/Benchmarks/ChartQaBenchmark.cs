using Vlm.Rewards;

namespace Vlm.Datasets;

/// <summary>Questions about charts; numbers may differ by 5 per cent.</summary>
internal static class ChartQaBenchmark
{
    // {"question": "How many food item is shown in the bar graph?", "answer": "14", "type": "human_test", "image": ...}, or
    // {"query": ..., "label": ["14"], "human_or_machine": 0, "image": ...}
    public static Benchmark ChartQa { get; } = new()
    {
        Name = "chartqa",
        Title = "ChartQA, Masry et al. 2022, arXiv:2203.10244",
        Address = "https://huggingface.co/datasets/lmms-lab/ChartQA",
        Licence = "GPL-3.0",
        Scorer = "https://github.com/QwenLM/Qwen-VL/blob/34b4c0ee7b07726371b960911f249fe61b362ca3/eval_mm/evaluate_vqa.py#L113 "
            + "(its makers published none)",
        Metric = "relaxed_accuracy",
        Columns =
        [
            new("question", "question", "query"),
            new("answer", "answer", "label"),
            new("split", "type", "split", "human_or_machine") { IsOptional = true },
        ],
        MaxNewTokens = 16,
        Read = row =>
        [
            BenchmarkItem.Of(
                row.Text("question") + (row.Mode == ScoringMode.VlmEvalKit ? VqaBenchmarks.Short : "\nAnswer the question with a single word."),
                AcceptedAnswers.Of(row.Texts("answer"))) with
            {
                Parts = [.. row.Parts("split").Select(part => part with { Value = Split(part.Value) })],
            },
        ],
        Judge = (answer, question, mode) => ChartQaAccuracy.Score(answer, question.Answers, mode),
    };

    private static string Split(string said) => said switch
    {
        "human_test" or "test_human" or "0" => "human",
        "augmented_test" or "test_augmented" or "1" => "augmented",
        _ => said,
    };
}
