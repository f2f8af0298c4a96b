using Grpo.Runs;
using TorchSharp;
using Vlm;
using Vlm.Engine;
using Vlm.Generation;
using Vlm.Images;
using Vlm.Models;
using Vlm.Models.SmolVlm;
using Vlm.Text;

namespace Grpo.Tests.Adapters;

/// <summary>The smallest real model in training: from a folder or a checkpoint, a few steps, each with pictures.</summary>
internal sealed class TinyRun
{
    private static readonly GrpoOptions Options = new()
    {
        GroupSize = 2,
        PromptsPerStep = 2,
        MaxNewTokens = 4,
        LearningRate = 0.01,
        WeightDecay = 0.1,
        Iterations = 2,
        Steps = 10,
    };

    private readonly VlmCheckpoint _vlm;
    private readonly FusedAdamW _optimizer;
    private readonly Prompt[] _prompts;

    public TinyRun(string folder, ModelOptions options, string? checkpoint = null)
    {
        _vlm = VlmCheckpoint.Load(checkpoint ?? folder, torch.CPU, options.ScalarType);
        Tuned = TunedModel.Of(_vlm, options, folder, seed: 4, checkpoint);
        Policy = _vlm.Policy();
        _optimizer = OptimizerStep.Create(Policy, Options);
        if (checkpoint is not null)
            TrainingCheckpoint.Load(checkpoint, Policy, _optimizer);
        _prompts = [.. Enumerable.Range(0, 2).Select(i => _vlm.Processor.Prompt(
            $"p{i}", [Message.User("which one is it", 1)], [Picture(i)]))];
    }

    public TunedModel Tuned { get; }

    public TokenPolicy Policy { get; }

    public int Moments => _optimizer.Count;

    /// <summary>All numbers by name, as float32.</summary>
    public Dictionary<string, float[]> Numbers() => Tuned.Model.Parameters.ToDictionary(item => item.Name, item =>
        item.Value.detach().to(torch.ScalarType.Float32).flatten().data<float>().ToArray());

    public static void Make(string folder)
    {
        Directory.CreateDirectory(folder);
        SmolVlmNew.Write(folder, SmolVlmNew.Smallest, ["which one is it", "this one", "that one over there"], seed: 3);
    }

    /// <summary>Steps from..to; the members of a group are good and bad in turn.</summary>
    public TinyRun Train(long from, long to)
    {
        for (long step = from; step <= to; step++)
        {
            using DisposeScope scope = torch.NewDisposeScope();
            Rollout[] rollouts = Policy.Sample(_prompts, Options.GroupSize, Options.Sampling, new SampleKey(4, step));
            GrpoStep.Update(Policy, _optimizer, rollouts, [1, -1, 0.5, -0.75], Options, step);
        }

        return this;
    }

    public void Save(string folder, long step) => TrainingCheckpoint.Save(
        folder, TrainingState.At(step, 4, Options), Policy, _optimizer, inner => Tuned.Write(inner, _vlm.Write));

    public void Finish(string folder) => Tuned.Finish(folder, _vlm.Write);

    // 64 x 64, stripes of another width each.
    private static RgbImage Picture(int i) =>
        new(64, 64, [.. Enumerable.Range(0, 64 * 64 * 3).Select(at => (byte)(at / 3 / (3 + i) % 2 * 200))]);
}
