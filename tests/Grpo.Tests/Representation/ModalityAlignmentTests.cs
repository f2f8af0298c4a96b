using TorchSharp;
using TorchSharp.Modules;
using Vlm.Engine;
using Vlm.Grpo.Tests.Adapters;
using Vlm.Grpo.Tests.Latent;
using Vlm.Images;
using Vlm.LatentActions;
using Vlm.Layers;

namespace Vlm.Grpo.Tests.Representation;

/// <summary>The alignment as a part of updates, on the smallest real model: four prompts, the last without an image.</summary>
public sealed class ModalityAlignmentTests : IDisposable
{
    private static readonly AlignmentOptions s_maie = new() { AlignmentCoef = 0.5, AlignmentMargin = 1.5 };
    private static readonly AlignmentOptions s_weighed = s_maie with { ImportanceWeighting = true, ImportanceMomentum = 0.1 };
    private static readonly GrpoOptions s_options = new()
    { MaxNewTokens = 4, GroupSize = 2, LearningRate = 1, MaxGradNorm = 0, Steps = 10 };
    private static readonly string[] s_ids = ["p0", "p1", "p2", "p3"];
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("vlm-align-");
    private readonly DisposeScope _scope = torch.NewDisposeScope();

    public ModalityAlignmentTests() => TinyRun.Make(Start);

    private string Start => Path.Combine(_root.FullName, "start");

    // All advantages are 0, so that plain descent with rate 1 moves each weight by the slope of the alignment alone, times 0.5.
    [Theory]
    [InlineData(AlignmentLoss.Maie, 64)]
    [InlineData(AlignmentLoss.Maie, 2)]
    [InlineData(AlignmentLoss.Maie, 1)]
    [InlineData(AlignmentLoss.InfoNce, 3)]
    public void The_gradient_is_that_of_the_whole_step_at_any_micro_batch(string loss, int microBatch)
    {
        Compare(s_maie with { AlignmentLoss = loss }, microBatch, s_ids);
    }

    // Every option of it, and two questions of one id, which are no two steps.
    [Theory]
    [InlineData("temperature")]
    [InlineData("importance")]
    [InlineData("importance temperature")]
    [InlineData("importance gradient")]
    [InlineData("one id")]
    public void The_gradient_is_that_of_the_options(string what) => Compare(what switch
    {
        "temperature" => s_maie with { AlignmentLoss = AlignmentLoss.InfoNce, AlignmentTemperature = 0.5 },
        "importance" => s_weighed,
        "importance temperature" => s_weighed with { ImportanceTemperature = 0.05 },
        "importance gradient" => s_weighed with { ImportanceTemperature = 0.05, ImportanceGradient = true },
        _ => s_maie,
    }, 2, what == "one id" ? ["p0", "p1", "p0", "p3"] : s_ids);

    private void Compare(AlignmentOptions chosen, int microBatch, string[] ids)
    {
        using var learner = Load();
        Dictionary<string, double[]> expected = Direct(learner, chosen, ids, out double value);
        Rollout[] rollouts = Sample(learner, 1, ids);
        Dictionary<string, double[]> before = Numbers(learner);
        using var alignment = new ModalityAlignment(chosen, learner.Policy.FeatureWidth, torch.CPU);
        StepStats stats = Update(learner, rollouts, new double[8], s_options with { MicroBatchSize = microBatch }, alignment);
        Dictionary<string, double[]> after = Numbers(learner);

        Assert.Equal(value, stats[Metric.Alignment], 1e-5);
        Assert.Equal(0.5 * value, stats[Metric.Loss], 1e-5);
        Assert.True(expected.Values.Max(row => row.Max(Math.Abs)) > 1e-3);
        Assert.All(expected, item => Assert.All(item.Value.Zip(before[item.Key].Zip(after[item.Key])),
            pair => Assert.Equal(0.5 * pair.First, pair.Second.First - pair.Second.Second, 2e-5)));
    }

    [Fact]
    public void Without_a_weight_there_is_none_and_policies_over_codes_are_refused()
    {
        using var learner = Load();
        Assert.Null(ModalityAlignment.Of(learner, new(), torch.CPU, null));
        Assert.Null(Assert.IsType<ModalityAlignment>(ModalityAlignment.Of(learner, s_maie, torch.CPU, null)).Moments);

        LatentPolicy codes = ToyLatent.Policy();
        using var alignment = new ModalityAlignment(s_maie, 8, torch.CPU);
        Rollout[] rollouts = codes.Sample(ToyLatent.Prompts, 2, s_options.Sampling, new(1, 1));
        OptionException error = Assert.Throws<OptionException>(() => GrpoUpdate.Apply(
            codes, torch.optim.SGD(codes.Trainable.Select(item => item.Value), 1), Updates.Batch(rollouts, new double[rollouts.Length]),
            s_options, 1, 1, alignment));
        Assert.Contains("must be 0 for a policy over codes", error.Message, StringComparison.Ordinal);
    }

    // Four prompts, one after the other, from 0 and 1: what a loop over their pooled states gives, in batches of any size.
    [Theory]
    [InlineData(64)]
    [InlineData(2)]
    public void Running_statistics_are_those_of_the_prompts_in_their_order(int microBatch)
    {
        using var learner = Load();
        using var alignment = new ModalityAlignment(s_weighed, learner.Policy.FeatureWidth, torch.CPU);
        using var byHand = new FeatureMoments(learner.Policy.FeatureWidth, torch.CPU);
        using (torch.no_grad())
        {
            (torch.Tensor features, torch.Tensor present) = Pooled(learner);
            Assert.Equal([1, 1, 1, 1, 1, 1, 0, 1], present.flatten().data<float>().ToArray().Select(x => (int)x));
            byHand.Add(features, present, 0.1);
        }
        GrpoOptions options = s_options with { MicroBatchSize = microBatch, NumIterations = 2 };
        StepStats stats = Update(learner, Sample(learner, 1), new double[8], options, alignment);

        Assert.All(Floats(byHand.Mean).Zip(Floats(alignment.Moments!.Mean)), pair => Assert.Equal(pair.First, pair.Second, 1e-5));
        Assert.All(Floats(byHand.Variance).Zip(Floats(alignment.Moments.Variance)), pair => Assert.Equal(pair.First, pair.Second, 1e-5));
        Assert.InRange(stats["alignment/image_weight"], 0.01, 1.99);
        Assert.All(stats.Metrics(), metric => Assert.True(Metric.IsDefined(metric.Key)));
    }

    // Weights and statistics of four steps in one piece, and of two and two with a checkpoint between.
    [Fact]
    public void A_resumed_run_goes_on_to_the_same_bits()
    {
        (Dictionary<string, double[]> weights, float[] moments) whole = Train(Start, 1, 4, null);
        _ = Train(Start, 1, 2, null, save: true);
        (Dictionary<string, double[]> weights, float[] moments) resumed = Train(Path.Combine(_root.FullName, "saved"), 3, 4, "saved");

        Assert.Equal(whole.moments, resumed.moments);
        Assert.All(whole.weights, item => Assert.Equal(item.Value, resumed.weights[item.Key]));
        using var learner = Load();
        UsageException error = Assert.Throws<UsageException>(() => ModalityAlignment.Of(learner, s_weighed, torch.CPU, Start));
        Assert.Contains("modality_moments.safetensors", error.Message + error.Where, StringComparison.Ordinal);
    }

    // In PPO too the prompts come closer, and a critic that warms up moves nothing of the policy.
    [Fact]
    public void Ppo_aligns_too_and_not_while_its_critic_warms_up()
    {
        using var learner = Load();
        using var head = new ValueHead(learner.Policy.FeatureWidth, torch.CPU);
        var policy = new ActorCritic(learner.Policy, head);
        GrpoOptions options = s_options with { LearningRate = 3e-3, MicroBatchSize = 2 };
        PpoOptions ppo = new() { PpoEpochs = 2, Minibatches = 2, CriticWarmup = 1 };
        using FusedAdamW optimizer = learner.Optimizer(options, policy, ppo);
        using var alignment = new ModalityAlignment(s_weighed, learner.Policy.FeatureWidth, torch.CPU);
        Dictionary<string, double[]> before = Numbers(learner);
        using var byHand = new FeatureMoments(learner.Policy.FeatureWidth, torch.CPU);
        using (torch.no_grad())
        {
            (torch.Tensor features, torch.Tensor present) = Pooled(learner);
            byHand.Add(features, present, s_weighed.ImportanceMomentum);
        }
        var stats = new List<StepStats> { Step(1) };
        Assert.All(Floats(byHand.Mean).Zip(Floats(alignment.Moments!.Mean)), pair => Assert.Equal(pair.First, pair.Second, 1e-5));
        Assert.All(before, item => Assert.Equal(item.Value, Numbers(learner)[item.Key]));
        for (int step = 2; step <= 12; step++)
            stats.Add(Step(step));

        Assert.DoesNotContain(Metric.Alignment, stats[0].Sums.Keys);
        Assert.True(stats[^1][Metric.Alignment] < 0.8 * stats[1][Metric.Alignment],
            $"{stats[1][Metric.Alignment]} to {stats[^1][Metric.Alignment]}");

        StepStats Step(int step) => PpoUpdate.Apply(
            policy, optimizer, Updates.Scored(Sample(learner, step), [1, 0, 0, 1, 0, 1, 1, 0]), options, ppo, 3, step, null, alignment);
    }

    [Fact]
    public void Mistakes_are_named_with_their_cure()
    {
        Assert.Contains("maie, infonce", Refused(new() { AlignmentCoef = 1, AlignmentLoss = "infonse" }), StringComparison.Ordinal);
        Assert.Contains("must be > 0 with ImportanceWeighting", Refused(new() { ImportanceWeighting = true }), StringComparison.Ordinal);
        Assert.Contains("must be true with ImportanceGradient",
            Refused(new() { AlignmentCoef = 1, ImportanceGradient = true }), StringComparison.Ordinal);

        static string Refused(AlignmentOptions options) => Assert.Throws<OptionException>(() => OptionsCheck.Validate(options)).Message;
    }

    public void Dispose()
    {
        _scope.Dispose();
        _root.Delete(recursive: true);
    }

    private (Dictionary<string, double[]>, float[]) Train(string folder, int from, int to, string? checkpoint, bool save = false)
    {
        using var learner = TrainableModel.Load(folder, new(), torch.CPU, 4, null, checkpoint is null ? null : folder);
        GrpoOptions options = s_options with { LearningRate = 0.01, MicroBatchSize = 3 };
        using FusedAdamW optimizer = learner.Optimizer(options);
        using ModalityAlignment alignment = ModalityAlignment.Of(learner, s_weighed, torch.CPU, checkpoint is null ? null : folder)!;
        if (checkpoint is not null)
            TrainingCheckpoint.Load(folder, learner.Policy, optimizer);
        for (int step = from; step <= to; step++)
            GrpoUpdate.Apply(learner.Policy, optimizer,
                Updates.Batch(Sample(learner, step), [1, -1, 0.5, -0.5, 0, 0, 2, -1]), options, step, 4, alignment);
        if (save)
        {
            TrainingCheckpoint.Save(
                Path.Combine(_root.FullName, "saved"), TrainingState.At(to, 4, options), learner.Policy, optimizer, inner =>
                {
                    learner.Write(inner, optimizer);
                    alignment.Write(inner);
                });
        }
        return (Numbers(learner), [.. Floats(alignment.Moments!.Mean), .. Floats(alignment.Moments.Variance)]);
    }

    private static StepStats Update(
        TrainableModel learner, Rollout[] rollouts, double[] advantages, GrpoOptions options, ModalityAlignment alignment) =>
        GrpoUpdate.Apply(
            learner.Policy, torch.optim.SGD(learner.Policy.Trainable.Select(item => item.Value), options.LearningRate),
            Updates.Batch(rollouts, advantages), options, 1, 1, alignment);

    private static Dictionary<string, double[]> Direct(TrainableModel learner, AlignmentOptions options, string[] ids, out double value)
    {
        (torch.Tensor features, torch.Tensor present) = Pooled(learner);
        using var moments = new FeatureMoments(learner.Policy.FeatureWidth, torch.CPU);
        moments.Add(features, present, options.ImportanceMomentum);
        torch.Tensor loss = AlignmentLoss.Table[options.AlignmentLoss].Compute(new(features, present, AlignmentInput.ApartByName(ids))
        {
            Margin = options.AlignmentMargin,
            Temperature = options.AlignmentTemperature,
            Weights = !options.ImportanceWeighting ? null : FeatureImportance.Weights(
                features, present, moments.Mean, moments.Variance, options.ImportanceTemperature, !options.ImportanceGradient),
        });
        loss.backward();
        value = loss.item<float>();
        var slopes = learner.Policy.Trainable.Where(item => item.Value.grad is not null)
            .ToDictionary(item => item.Name, item => Doubles(item.Value.grad!));
        foreach ((_, Parameter parameter) in learner.Policy.Trainable)
            parameter.grad = null;
        return slopes;
    }

    private static (torch.Tensor Features, torch.Tensor Present) Pooled(TrainableModel learner)
    {
        Prompt[] prompts = Prompts(learner, s_ids);
        IVisionLanguageModel model = learner.Base.Model;
        return new PromptStates(prompts, model.Prefill(prompts, new KvCache(model.Layers)).Hidden, model.ImageToken).Pool();
    }

    private TrainableModel Load() => TrainableModel.Load(Start, new(), torch.CPU, seed: 4, logger: null);

    private static Rollout[] Sample(TrainableModel learner, int step, string[]? ids = null) =>
        learner.Policy.Sample(Prompts(learner, ids ?? s_ids), 2, s_options.Sampling, new SampleKey(4, step));

    private static Prompt[] Prompts(TrainableModel learner, string[] ids) => [.. ids.Select((id, i) => learner.Base.Processor.Prompt(
        id, [Message.User(i == 1 ? "which one" : "which one is it", i < 3 ? 1 : 0)], i < 3 ? [Image(i)] : []))];

    private static RgbImage Image(int i) =>
        new(64, 64, [.. Enumerable.Range(0, 64 * 64 * 3).Select(at => (byte)(at / 3 / (3 + i) % 2 * 200))]);

    private static Dictionary<string, double[]> Numbers(TrainableModel learner) =>
        learner.Policy.Trainable.ToDictionary(item => item.Name, item => Doubles(item.Value));

    private static double[] Doubles(torch.Tensor value) => value.detach().to(torch.ScalarType.Float64).flatten().data<double>().ToArray();

    private static float[] Floats(torch.Tensor value) => value.flatten().data<float>().ToArray();
}
