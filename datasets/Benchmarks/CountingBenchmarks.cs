using System.Globalization;
using Vlm.Rewards;

namespace Vlm.Datasets;

/// <summary>How many are there? CLEVR and Super-CLEVR.</summary>
internal static class CountingBenchmarks
{
    // R1-V's prompt, whose thinking and answer stand in tags; the benchmarks ask models that write no text.
    private const string Tags = " Output the thinking process in <think> </think> and final answer (number) in <answer> </answer> tags.";

    // {"question_index": 3, "question": "How many other things are the same size as the ...?", "answer": "3",
    //  "image_filename": "CLEVR_val_000000.png"}
    public static Benchmark Clevr { get; } = new()
    {
        Name = "clevr",
        Title = "CLEVR, its questions whose answer is a number, Johnson et al. 2017, arXiv:1612.06890",
        Address = "https://huggingface.co/datasets/laion/clevr-webdataset",
        Licence = "CC BY 4.0",
        Scorer = "https://cs.stanford.edu/people/jcjohns/clevr (exact match); in tags: "
            + "https://github.com/StarsfieldAI/R1-V/blob/main/src/eval/test_qwen2vl_counting_superclevr.py",
        Metric = "exact_match",
        Columns = [new("question", "question", "problem"), new("answer", "answer", "ground_truth", "solution")],
        MaxNewTokens = 256,
        ImageNames = ["image_filename"],
        Read = row => Count(row) is { } count
            ? [BenchmarkItem.Of(row.Text("question") + (row.Mode == ScoringMode.Official ? VqaBenchmarks.Short : Tags), count)] : [],
        Judge = (answer, question, mode) => Counting.Score(answer, (int)((Truth.Number)question.Example.Truth).Answer, mode),
    };

    // {"image_path": "images/superCLEVR_new_025000.png", "question": "How many different items are there in the image?", "ground_truth": 7}
    public static Benchmark SuperClevr { get; } = Clevr with
    {
        Name = "superclevr",
        Title = "Super-CLEVR, as R1-V counts in it, Li et al. 2023, arXiv:2212.00259",
        Address = "https://huggingface.co/datasets/MMInstruction/SuperClevr_Val",
        Licence = "MIT",
        Scorer = "https://github.com/StarsfieldAI/R1-V/blob/main/src/eval/test_qwen2vl_counting_superclevr.py",
    };

    // "yes", "rubber" and "<answer> 3 </answer>" stand in these columns too.
    private static Truth.Number? Count(BenchmarkRow row)
    {
        string said = row.Text("answer").Replace("<answer>", "", StringComparison.Ordinal).Replace("</answer>", "", StringComparison.Ordinal).Trim();
        return int.TryParse(said, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? new(number) : null;
    }
}
