using Vlm.Rewards;

namespace Vlm.Datasets;

/// <summary>Questions made of scene graphs, answered in one word.</summary>
internal static class GqaBenchmark
{
    // {"id": "201307251", "question": "Is it overcast?", "answer": "no", "types": {"structural": "verify", "semantic": "global"}, "image": ...}
    public static Benchmark Gqa { get; } = new()
    {
        Name = "gqa",
        Title = "GQA, Hudson and Manning 2019, arXiv:1902.09506",
        Address = "https://huggingface.co/datasets/lmms-lab/GQA",
        Licence = "CC BY 4.0 (questions); images of Visual Genome, CC BY 4.0",
        Scorer = "https://cs.stanford.edu/people/dorarad/gqa/evaluate.html (eval.py of its questions archive)",
        Metric = "exact_match",
        Columns =
        [
            new("question", "question"),
            new("answer", "answer"),
            new("structural", "types.structural", "structural") { IsOptional = true },
            new("semantic", "types.semantic", "semantic") { IsOptional = true },
        ],
        MaxNewTokens = 16,
        Read = row =>
        [
            BenchmarkItem.Of(row.Text("question") + VqaBenchmarks.Short, new Truth.Word(row.Text("answer"))) with
            {
                Parts = row.Parts("structural", "semantic"),
            },
        ],
        Judge = (answer, question, mode) => GqaMatch.Score(answer, question.Example.Answer, mode),
    };
}
