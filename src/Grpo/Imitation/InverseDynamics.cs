using TorchSharp;
using TorchSharp.Modules;
using Vlm.Images;
using static TorchSharp.torch;

namespace Vlm.Grpo;

/// <summary>What happened between pictures: a small model that names the action of a moment from the pictures around it.</summary>
/// <remarks>
/// The inverse dynamics model of VPT, Baker et al. 2022, arXiv:2206.11795, section 4.1: p(a[t] | o[t-k], ..., o[t+k]). It sees what comes
/// after, and so needs few labels, where a policy must do without; what it says of unlabelled recordings is what a policy is cloned
/// from. Here two linear layers over pictures averaged to 16 x 16, less their mean.
/// </remarks>
public sealed class InverseDynamics : IDisposable
{
    private const int Width = 64, Seen = 16, Channels = 3;
    private readonly Parameter _first, _firstBias, _second, _secondBias;
    private readonly int _pictures;
    private readonly Device _device;
    private Tensor _mean;       // [inputs] of what was learned from: the ground that all pictures share says nothing

    /// <summary>A model that knows nothing yet.</summary>
    /// <param name="pictures">Pictures that it sees of each moment, 1 or more.</param>
    /// <param name="actions">Actions that there are.</param>
    /// <param name="seed">Names its first weights.</param>
    /// <param name="device">Where it is, and computes.</param>
    public InverseDynamics(int pictures, int actions, long seed, Device device)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(pictures, 1);
        (_pictures, _device) = (pictures, device);
        long inputs = (long)pictures * Channels * Seen * Seen;
        (_first, _firstBias) = Layer(Width, inputs, 0);
        (_second, _secondBias) = Layer(actions, Width, 1);
        _mean = zeros(inputs, device: device);

        (Parameter, Parameter) Layer(long outputs, long width, int number) => (
            new(Uniform(outputs, width, new RandomStream(seed, "inverse-dynamics", number)).to(device)),
            new(zeros(outputs, device: device)));
    }

    /// <summary>Learns from labelled moments.</summary>
    /// <param name="moments">The pictures of each moment, in their order in time.</param>
    /// <param name="actions">What was done, a number for each moment.</param>
    /// <param name="options">Steps, rate, and moments of a step.</param>
    /// <param name="seed">Names the order of the moments.</param>
    /// <returns>The mean loss of the last tenth of the steps, in nats.</returns>
    public double Learn(IReadOnlyList<RgbImage[]> moments, IReadOnlyList<int> actions, InverseDynamicsOptions options, long seed)
    {
        if (moments.Count == 0 || moments.Count != actions.Count)
            throw new ArgumentException($"{moments.Count} moments and {actions.Count} actions must be as many, and some", nameof(moments));
        using DisposeScope scope = NewDisposeScope();
        using var optimizer = optim.Adam([_first, _firstBias, _second, _secondBias], options.LearningRate);
        Tensor all = Pixels(moments);
        _mean.Dispose();
        _mean = all.mean([0]).DetachFromDisposeScope();
        Tensor labels = tensor(actions.Select(action => (long)action).ToArray(), device: _device);
        var random = new RandomStream(seed, "inverse-dynamics-order");
        double sum = 0;
        int last = Math.Max(1, options.Steps / 10);
        for (int step = 0; step < options.Steps; step++)
        {
            using DisposeScope inner = NewDisposeScope();
            Tensor some = tensor(
                Enumerable.Range(0, options.BatchSize).Select(_ => (long)random.Next(moments.Count)).ToArray(), device: _device);
            Tensor loss = nn.functional.cross_entropy(Scores(all.index_select(0, some)), labels.index_select(0, some));
            optimizer.zero_grad();
            loss.backward();
            _ = optimizer.step();
            sum += step >= options.Steps - last ? loss.item<float>() : 0;
        }

        return sum / last;
    }

    /// <summary>The likeliest action of each moment, and its probability.</summary>
    /// <param name="moments">As in <see cref="Learn"/>.</param>
    public (int Action, double Probability)[] Label(IReadOnlyList<RgbImage[]> moments)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable off = no_grad();
        (Tensor values, Tensor indexes) = Scores(Pixels(moments)).softmax(-1).max(-1);
        return [.. indexes.cpu().data<long>().ToArray().Zip(
            values.cpu().data<float>().ToArray(), (action, probability) => ((int)action, (double)probability))];
    }

    /// <summary>The pictures around each moment of a recording that has all of them.</summary>
    /// <param name="pictures">One more than actions: action t lies between pictures t and t + 1.</param>
    /// <param name="before">Pictures before that at t.</param>
    /// <param name="after">Pictures after it: 0 sees nothing of what the action brought about.</param>
    /// <returns>The numbers of the actions, each with its pictures.</returns>
    public static IEnumerable<(int Action, RgbImage[] Pictures)> Moments(IReadOnlyList<RgbImage> pictures, int before, int after) =>
        Enumerable.Range(0, Math.Max(0, pictures.Count - 1)).Where(t => t >= before && t + after < pictures.Count)
            .Select(t => (t, Enumerable.Range(t - before, before + 1 + after).Select(i => pictures[i]).ToArray()));

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Parameter parameter in (Parameter[])[_first, _firstBias, _second, _secondBias])
            parameter.Dispose();
        _mean.Dispose();
    }

    // [N, pictures x 3 x 16 x 16] to [N, actions].
    private Tensor Scores(Tensor x) =>
        nn.functional.linear(nn.functional.relu(nn.functional.linear(x - _mean, _first, _firstBias)), _second, _secondBias);

    private Tensor Pixels(IReadOnlyList<RgbImage[]> moments)
    {
        if (moments.FirstOrDefault(moment => moment.Length != _pictures) is { } odd)
            throw new ArgumentException($"a moment has {odd.Length} pictures and the model sees {_pictures}", nameof(moments));
        return stack(moments.Select(moment => cat(moment.Select(Small).ToArray()))).to(_device);
    }

    private static Tensor Small(RgbImage image)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor pixels = tensor(image.Pixels.ToArray(), dtype: ScalarType.Float32).view(image.Height, image.Width, Channels) / 255;
        return nn.functional.adaptive_avg_pool2d(pixels.permute(2, 0, 1).unsqueeze(0), [Seen, Seen]).flatten().MoveToOuterDisposeScope();
    }

    // As PyTorch's linear layers begin: within 1 / sqrt(inputs).
    private static Tensor Uniform(long outputs, long inputs, RandomStream random)
    {
        double bound = 1 / Math.Sqrt(inputs);
        return tensor(Enumerable.Range(0, (int)(outputs * inputs)).Select(_ => (float)(((2 * random.NextDouble()) - 1) * bound)).ToArray())
            .view(outputs, inputs);
    }
}

/// <summary>How an inverse dynamics model learns.</summary>
/// <param name="Steps">Updates, 1 or more.</param>
/// <param name="LearningRate">Of Adam.</param>
/// <param name="BatchSize">Moments of an update.</param>
public sealed record InverseDynamicsOptions(int Steps = 400, double LearningRate = 2e-3, int BatchSize = 64);
