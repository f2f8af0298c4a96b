// Trains a model on the examples of a file with a reward of its own, and saves it.
//   dotnet run --project samples/Train -- recipes/warm-start datasets/samples/shapes-train.parquet runs/better
using Vlm;
using Vlm.Datasets;
using Vlm.Grpo;
using Vlm.Rewards;

using var model = VisionLanguageModel.Load(args[0]);
using var session = new GrpoSession(model, new GrpoOptions { LearningRate = 1e-4, GroupSize = 8, MaxNewTokens = 20 });
foreach (Example[] examples in Dataset.Open(args[1]).Examples.Chunk(8))
{
    StepStats stats = session.Step(examples, RightAndShort);
    Console.WriteLine($"step {session.Steps}: reward {stats[Metric.Reward]:F3}, loss {stats[Metric.Loss]:F4}");
}
model.Save(args[2]);

// What is right earns 1, and a little less with every letter beyond twenty.
static Score RightAndShort(string answer, Truth truth)
{
    Score right = truth.Kind.Score.Compute(answer, truth);
    return right with { Value = right.Value * Math.Min(1, 20.0 / Math.Max(1, answer.Trim().Length)) };
}
