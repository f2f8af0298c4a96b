using Vlm.Checkpoints;
using Vlm.Images;
using Vlm.LatentActions;
using Vlm.Models;
using Vlm.Testing;
using Vlm.Tests.Models;
using Vlm.Text;
using static TorchSharp.torch;

namespace Vlm.Tests.LatentActions;

public sealed class FeatureCacheTests : IDisposable
{
    private readonly string _file = Path.GetTempFileName();

    public static TheoryData<string> Folders() => FamilyTests.Folders();

    public void Dispose() => File.Delete(_file);

    // Two sequences with an image and one without: what is read back is what the base computes, bit for bit.
    [SharedTheory]
    [MemberData(nameof(Folders))]
    public void States_come_back_as_the_base_computed_them(string folder)
    {
        using var scope = NewDisposeScope();
        VlmCheckpoint vlm = VlmCheckpoint.Load(SharedFiles.PathOf("fixtures", "hf", folder));
        Prompt[] sequences = Sequences(vlm);
        string key = FeatureCache.Key(vlm.Model, "three");

        FeatureCache.Write(_file, key, vlm.Model, sequences);
        using FeatureCache cache = FeatureCache.Open(_file, key);

        Assert.Equal(3, cache.Count);
        foreach ((int i, Prompt sequence) in sequences.Index())
        {
            (CachedStates made, CachedStates read) = (FeatureCache.States(vlm.Model, sequence), cache[i]);
            Same(made.Text, read.Text);
            Same(made.TextRope.Cos, read.TextRope.Cos);
            Assert.Equal(sequence.Tokens.Select(id => (long)id), read.Tokens.data<long>().ToArray());
            Assert.Equal(sequence.Pixels is null, read.Paired is null);
            if (made is { Paired: { } paired, PairedRope: { } rope })
            {
                Same(paired, read.Paired!);
                Same(rope.Sin, read.PairedRope!.Sin);
                Assert.Equal(paired.shape, read.Text.shape);
                Assert.True((paired - read.Text).abs().max().item<float>() > 1e-2);     // the image is seen
            }
        }
    }

    // Causal states before the image do not know of it; with text alone both passes are one.
    [SharedFact]
    public void A_blind_pass_differs_from_the_image_on()
    {
        using var scope = NewDisposeScope();
        VlmCheckpoint vlm = VlmCheckpoint.Load(SharedFiles.PathOf("fixtures", "hf", "tiny_qwen2_vl"));
        CachedStates states = FeatureCache.States(vlm.Model, Sequences(vlm)[0]);
        long first = Array.IndexOf(states.Tokens.data<long>().ToArray(), vlm.Model.ImageToken);

        Tensor gap = (states.Paired! - states.Text).abs().amax([1]);
        Assert.Equal(0, gap.narrow(0, 0, first).max().item<float>());
        Assert.True(gap[first].item<float>() > 1e-3);
    }

    [SharedFact]
    public void Another_models_cache_is_refused()
    {
        VlmCheckpoint first = VlmCheckpoint.Load(SharedFiles.PathOf("fixtures", "hf", "tiny_smolvlm"));
        VlmCheckpoint second = VlmCheckpoint.Load(SharedFiles.PathOf("fixtures", "hf", "tiny_idefics3_sharded"));
        string key = FeatureCache.Key(first.Model, "data");
        FeatureCache.Write(_file, key, first.Model, Sequences(first));

        Assert.NotEqual(key, FeatureCache.Key(first.Model, "other data"));
        foreach (string other in (string[])[FeatureCache.Key(second.Model, "data"), FeatureCache.Key(first.Model, "other data")])
        {
            var error = Assert.Throws<UsageException>(() => FeatureCache.Open(_file, other));
            Assert.Equal("the cached states are of another model or of other data", error.Message);
            Assert.Equal(_file, error.Where);
        }
    }

    [SharedFact]
    public void A_checksum_tells_one_bit_from_none()
    {
        VlmCheckpoint vlm = VlmCheckpoint.Load(SharedFiles.PathOf("fixtures", "hf", "tiny_smolvlm"));
        string before = WeightChecksum.Of(vlm.Model.Weights());
        Assert.Equal(before, WeightChecksum.Of(vlm.Model.Weights().Reverse()));

        using (no_grad())
            vlm.Model.Weights()[7].Value.flatten()[0].add_(1e-7);

        Assert.NotEqual(before, WeightChecksum.Of(vlm.Model.Weights()));
        Assert.Matches("^[0-9a-f]{64}$", before);
    }

    private static Prompt[] Sequences(VlmCheckpoint vlm)
    {
        var image = new RgbImage(40, 24, [.. Enumerable.Range(0, 40 * 24 * 3).Select(i => (byte)(i * 5 % 251))]);
        Prompt Sequence(string id, string text, params RgbImage[] images)
        {
            Prompt prompt = vlm.Processor.Prompt(id, [Message.User(text, images.Length)], images);
            return prompt with { Tokens = [.. prompt.Tokens, .. vlm.Processor.Completion("yes")] };
        }
        return [Sequence("a", "What is it?", image), Sequence("b", "Two?", image, image), Sequence("c", "No picture.")];
    }

    private static void Same(Tensor a, Tensor b) => Assert.True(a.bytes.SequenceEqual(b.bytes));
}
