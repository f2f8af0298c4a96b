using TorchSharp;
using Vlm.Engine;
using Vlm.Images;
using Vlm.Models.SmolVlm;

namespace Vlm.Grpo.Tests.Adapters;

/// <summary>The smallest real model in training: from a folder or a checkpoint, a few steps, each with images.</summary>
internal sealed class TinyRun
{
    internal static readonly GrpoOptions Default = new()
    {
        GroupSize = 2,
        PromptsPerStep = 2,
        MaxNewTokens = 4,
        LearningRate = 0.01,
        WeightDecay = 0.1,
        NumIterations = 2,
        Steps = 10,
    };

    private readonly TrainableModel _learner;
    private readonly GrpoOptions _options;
    private readonly Prompt[] _prompts;
    private FusedAdamW _optimizer;

    public TinyRun(string folder, ModelOptions options, string? checkpoint = null, GrpoOptions? update = null)
    {
        _options = update ?? Default;
        _learner = TrainableModel.Load(folder, options, torch.CPU, seed: 4, logger: null, checkpoint);
        _optimizer = _learner.Optimizer(_options);
        if (checkpoint is not null)
            Resume(checkpoint);
        _prompts = [.. Enumerable.Range(0, 2).Select(i => _learner.Base.Processor.Prompt(
            $"p{i}", [Message.User("which one is it", 1)], [Image(i)]))];
    }

    public IVisionLanguageModel Model => _learner.Base.Model;

    public IPolicy Policy => _learner.Policy;

    public int Moments => _optimizer.Count;

    /// <summary>All numbers by name, as float32.</summary>
    public Dictionary<string, float[]> Numbers() => Model.Parameters.ToDictionary(item => item.Name, item => Floats(item.Value));

    /// <summary>The same as precisely as the optimizer knows them.</summary>
    public Dictionary<string, float[]> Exact() =>
        Model.Parameters.ToDictionary(item => item.Name, item => Floats(_optimizer.Exact(item.Value)));

    public void Resume(string checkpoint) => TrainingCheckpoint.Load(checkpoint, Policy, _optimizer);

    /// <summary>Goes on with a new optimizer.</summary>
    public TinyRun Anew()
    {
        _optimizer = _learner.Optimizer(_options, before: _optimizer);
        return this;
    }

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
            Rollout[] rollouts = Policy.Sample(_prompts, _options.GroupSize, _options.Sampling, new SampleKey(4, step));
            Updates.Grpo(Policy, _optimizer, rollouts, [1, -1, 0.5, -0.75], _options, step);
        }

        return this;
    }

    public void Save(string folder, long step) => TrainingCheckpoint.Save(
        folder, TrainingState.At(step, 4, _options), Policy, _optimizer, inner => _learner.Write(inner, _optimizer));

    public void Finish(string folder) => _learner.Finish(folder, _optimizer);

    private static float[] Floats(torch.Tensor value) =>
        value.detach().to(torch.ScalarType.Float32).flatten().data<float>().ToArray();

    // 64 x 64, stripes of another width each.
    private static RgbImage Image(int i) =>
        new(64, 64, [.. Enumerable.Range(0, 64 * 64 * 3).Select(at => (byte)(at / 3 / (3 + i) % 2 * 200))]);
}
