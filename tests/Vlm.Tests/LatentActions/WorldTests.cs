using TorchSharp.Modules;
using Vlm.Engine;
using Vlm.LatentActions;
using Vlm.Layers;
using static TorchSharp.torch;
using static Vlm.Tests.LatentActions.LatentToy;

namespace Vlm.Tests.LatentActions;

/// <summary>States and codes to tokens, and how much all of it weighs. T8 to T10 of the method's test plan.</summary>
public class WorldTests
{
    private static readonly double[] s_scales = [1, 2, 0.5, 1.5];

    // RN([1, -2, .5, 3]): mean square 14.25 / 4 = 3.5625, root 1.887459; times w = [.529813, -2.119251, .132453,
    // 2.384158].
    // RN of that: mean square 10.473990 / 4 = 2.6184976, root 1.618177; times w, less h:
    //   .529813 (1 / 1.618177 - 1), -2.119251 (2 / 1.618177 - 1), .132453 (.5 / 1.618177 - 1), 2.384158 (1.5 /
    // 1.618177 - 1)
    [Fact]
    public void A_world_that_merges_nothing_leaves_the_norm_less_the_state_or_nothing()
    {
        WorldModel world = Silent(4);
        Tensor h = Rms(s_scales)(tensor(new float[] { 1, -2, 0.5f, 3 })), code = Normal(6, 4);

        Tensor delta = world.Forward(h, code, Rms(s_scales), ReadOut.Delta);
        Tensor last = world.Forward(h, code, Rms(s_scales), ReadOut.LastBlock);

        Near([0.529813, -2.119251, 0.132453, 2.384158], h, 2e-6);
        Near([-0.202395, -0.500094, -0.091526, -0.174086], delta, 2e-6);
        Near([0, 0, 0, 0], last, 0);
    }

    // RN(h) of above, the difference and h together: -.202395 + .529813 and so on.
    [Fact]
    public void A_silent_world_read_by_its_sum_leaves_the_base_its_say()
    {
        Tensor h = Rms(s_scales)(tensor(new float[] { 1, -2, 0.5f, 3 }));

        Tensor sum = Silent(4).Forward(h, Normal(6, 4), Rms(s_scales), ReadOut.Residual);

        Near([0.327418, -2.619345, 0.040927, 2.210072], sum, 3e-6);
    }

    // The norm of a normed vector is itself where the scales are 1, but for epsilon: 1e-6 / 2 of it.
    [Fact]
    public void With_scales_of_one_a_silent_world_has_nothing_to_say()
    {
        Func<Tensor, Tensor> norm = Rms([1, 1, 1, 1]);
        Tensor h = norm(tensor(new float[] { 1, -2, 0.5f, 3 }));

        Near([0, 0, 0, 0], Silent(4).Forward(h, Normal(6, 4), norm, ReadOut.Delta), 2e-6);
    }

    // Zero logits over Qwen2.5-VL-3B's vocabulary: ln 151936 = 11.931215.
    [Fact]
    public void The_last_block_of_a_silent_world_leaves_every_token_as_likely()
    {
        Tensor read = Silent(4).Forward(Normal(7, 2, 4), Normal(6, 2, 4), Rms(s_scales), ReadOut.LastBlock);

        Tensor loss = LatentLosses.CrossEntropy(read.matmul(ones(4, 151936)), tensor(new long[] { 5, 151000 }));

        Assert.Equal(11.931215, Number(loss), 2e-6);
    }

    [Theory]
    [InlineData(ReadOut.Delta)]
    [InlineData(ReadOut.LastBlock)]
    [InlineData(ReadOut.Residual)]
    public void Each_position_is_merged_by_itself(ReadOut readOut)
    {
        using var off = no_grad();
        var world = new WorldModel(Sizes(), 2);
        Func<Tensor, Tensor> norm = Rms([.. Enumerable.Range(1, 8).Select(i => i / 4.0)]);
        Tensor h = Normal(8, 1, 5, 8), codes = Normal(9, 1, 5, 8), order = tensor(new long[] { 3, 0, 4, 1, 2 });
        Tensor other = codes.clone();
        other.select(1, 2).neg_();

        Tensor read = world.Forward(h, codes, norm, readOut);
        Tensor mixed = world.Forward(h.index_select(1, order), codes.index_select(1, order), norm, readOut);
        Tensor moved = (world.Forward(h, other, norm, readOut) - read).abs().amax([0, 2]);

        Assert.True(mixed.allclose(read.index_select(1, order), rtol: 0, atol: 1e-6));
        Assert.Equal([false, false, true, false, false], moved.gt(1e-4).data<bool>().ToArray());
    }

    // b_2 reads x_1 = h + b_1, by the definition written out.
    [Fact]
    public void The_second_block_reads_what_the_first_has_made()
    {
        using var off = no_grad();
        var world = new WorldModel(Sizes(), 2);
        Dictionary<string, Parameter> weights =
            world.named_parameters().ToDictionary(item => item.name, item => item.parameter);
        Tensor h = Normal(10, 3, 8), c = Normal(11, 3, 8);

        Tensor b1 = Block("blocks.0", h), b2 = Block("blocks.1", h + b1);

        Assert.True(world.Forward(h, c, x => x, ReadOut.LastBlock).allclose(b2, rtol: 0, atol: 1e-6));
        Assert.True(world.Forward(h, c, x => x, ReadOut.Delta).allclose(b1 + b2, rtol: 0, atol: 1e-6));
        Assert.True(world.Forward(h, c, x => x, ReadOut.Residual).allclose(h + b1 + b2, rtol: 0, atol: 1e-6));

        Tensor Block(string name, Tensor x)
        {
            Tensor both = cat([x, c], -1);
            Tensor gate = both.matmul(weights[$"{name}.gate_proj.weight"].t());
            Tensor up = both.matmul(weights[$"{name}.up_proj.weight"].t());
            return (gate * gate.sigmoid() * up).matmul(weights[$"{name}.down_proj.weight"].t());
        }
    }

    // 3B: H 2048, I 11008, 16 heads, 2 for keys, of 128; K = 128. 7B: H 3584, I 18944, 28 heads, 4 for keys.
    //   layer   queries H (h d) + h d, keys and values 2 (H (k d) + k d), output (h d) H, feed-forward 3 H I, norms 2 H
    //           3B: 4196352 + 2 * 524544 + 4194304 + 67633152 + 4096 = 77076992
    //   merge   2 (2 I 2H + H I) = 2 * 5 H I: 3B 225443840
    //   projectors 4 (H H/2 + H/2 + H/2 H + H) = 4 (H^2 + 1.5 H): 3B 16789504
    [Theory]
    [InlineData(2048, 11008, 16, 2, 77_076_992, 308_572_160, 616_880_128, 225_443_840, 16_789_504, 1.168)]
    [InlineData(3584, 18944, 28, 4, 233_057_792, 932_693_504, 1_864_924_672, 678_952_960, 51_401_728, 3.53)]
    public void Parameters_are_as_many_as_released(int width, int inner, int heads, int kvHeads,
        long layer, long inverse, long policy, long merge, long projectors, double billions)
    {
        var attention = new AttentionConfig(width, heads, kvHeads, 128, Bias: true);
        var sizes = new DecoderConfig(attention, inner, 36, 151936, 4096, 1e6, 1e-6);
        using DecoderLayer one = Weights.Meta(() => new DecoderLayer(attention, inner, 1e-6));

        using LatentModules modules = Weights.Meta(() => new LatentModules(sizes, new LatentConfig()));

        Assert.Equal(layer, Count(one));
        Assert.Equal(inverse, Count(modules.Inverse));
        Assert.Equal(policy, Count(modules.Policy));
        Assert.Equal(merge, Count(modules.World));
        Assert.Equal(128L * width, Count(modules.Codebook));
        Assert.Equal(projectors, Count(modules.ToPaired) + Count(modules.ToText));
        Assert.Equal(billions, Count(modules) / 1e9, 0.005);

        static long Count(nn.Module module) => module.parameters().Sum(parameter => parameter.numel());
    }

    private static WorldModel Silent(int width)
    {
        var world = new WorldModel(Sizes(width), 2);
        using var off = no_grad();
        foreach ((string name, Parameter value) in world.named_parameters())
            if (name.EndsWith("down_proj.weight", StringComparison.Ordinal))
                value.zero_();
        return world;
    }

    private static Func<Tensor, Tensor> Rms(double[] scales)
    {
        var norm = new RmsNorm(scales.Length, 1e-6);
        using var off = no_grad();
        norm.Weight.copy_(tensor(scales));
        return norm.call;
    }
}
