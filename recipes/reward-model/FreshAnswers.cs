using TorchSharp;
using TorchSharp.Modules;
using Vlm;
using Vlm.Grpo;
using Vlm.Rewards.Learned;

/// <summary>Answers that the starting model samples anew in each step, for MetaRM.</summary>
/// <param name="run">The run.</param>
/// <param name="options">How many, and the rate.</param>
/// <param name="pairs">Whose questions are asked.</param>
sealed class FreshAnswers(Run run, RewardModelOptions options, PreferencePairs pairs) : IDisposable
{
    private readonly PairStream _asked = pairs.Stream(run.Seed + 1);
    private readonly VisionLanguageModel _policy = VisionLanguageModel.Load(
        Machine.InProject(options.Model), new LoadOptions { Device = run.Device.ToString(), Precision = options.Weights.Dtype, Tokens = true });

    /// <summary>Moves the reward model to where it tells fresh answers apart better; disposing puts it back.</summary>
    public IDisposable Shift(RewardModel reward, IReadOnlyList<(string Name, Parameter Value)> parameters, long step)
    {
        MetaOptions meta = options.Meta;
        Prompt[] prompts = [.. _asked.Step(step, meta.MetaPrompts).Select(one => _policy.Prompt(one.Pair.Example, options.Seen.Decode, options.Seen.BoxFrame))];
        Rollout[] fresh = _policy.Sampler.Sample(
            prompts, meta.MetaSamples, new Sampling { MaxNewTokens = meta.MetaMaxNewTokens }, new SampleKey(run.Seed, step), run.Token);
        Parameter[] values = [.. parameters.Select(item => item.Value)];
        foreach (Parameter value in values)
            value.grad = null;
        using DisposeScope scope = torch.NewDisposeScope();
        foreach (IGrouping<Prompt, Rollout> group in fresh.GroupBy(one => one.Prompt, (IEqualityComparer<Prompt>)ReferenceEqualityComparer.Instance))
        {
            Rollout[] answers = [.. group.Select(one => reward.Answer(group.Key, one.Text))];
            (MetaReward.Spread(reward.Scores(answers).select(1, 0)) / prompts.Length).backward();
        }
        return MetaReward.Shift(values, meta.MetaRate);
    }

    /// <inheritdoc/>
    public void Dispose() => _policy.Dispose();
}
