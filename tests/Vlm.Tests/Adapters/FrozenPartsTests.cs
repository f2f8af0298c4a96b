using Vlm.Adapters;
using Vlm.Models.SmolVlm;
using Vlm.Tests.Generation;

namespace Vlm.Tests.Adapters;

public class FrozenPartsTests
{
    [Fact]
    public void Parts_are_read_with_commas_or_one_by_one()
    {
        Assert.Equal([ModelPart.Vision, ModelPart.Text], FrozenParts.Parse(["vision,text"]));
        Assert.Equal([ModelPart.Connector, ModelPart.Vision], FrozenParts.Parse(["connector", "vision, connector"]));
        Assert.Empty(FrozenParts.Parse([""]));
    }

    [Fact]
    public void An_unknown_part_is_refused_with_the_nearest()
    {
        var error = Assert.Throws<UsageException>(() => FrozenParts.Parse(["vision,conector"]));

        Assert.Equal("\"conector\" is no part of a model; the parts are vision, connector, text", error.Message);
        Assert.Equal(("Freeze = conector", "Freeze = connector"), (error.Where, error.Fix));
    }

    // Vision of width D = 16, inner 24, patches of 3 x 4 x 4, 4 x 4 of them:
    //   patches 48 x 16 + 16 = 784, positions 16 x 16 = 256, attention 4 x (256 + 16) = 1,088,
    //   feed-forward 2 x 16 x 24 + 24 + 16 = 808, three norms 3 x 32 = 96; together 3,032.
    // Connector 16 x 4 x 24 = 1,536.
    // Text of width 24, inner 40, 4 and 2 heads of 6, 2 layers, 64 words, an output layer:
    //   embedding and output 2 x 64 x 24 = 3,072, attention 24 x 24 + 2 x 24 x 12 + 24 x 24 = 1,728, feed-forward
    //   3 x 24 x 40 = 2,880, norms 48: a layer 4,656; together 3,072 + 9,312 + 24 = 12,408.
    // Adapters of rank 2 on "proj", 64 -> 24: 2 x (64 + 24) = 176.
    [Fact]
    public void Counts_are_those_of_the_parts()
    {
        SmolVlmModel model = TinyModel.Create();
        Assert.Equal("trainable: vision 3,032 of 3,032, connector 1,536 of 1,536, text 12,408 of 12,408",
            TrainableCount.Line(model));

        FrozenParts.Freeze(model, [ModelPart.Vision, ModelPart.Connector]);
        Assert.Equal("trainable: vision 0 of 3,032, connector 0 of 1,536, text 12,408 of 12,408",
            TrainableCount.Line(model));

        LoraAdapter.Attach(model, new LoraConfig { Rank = 2, Targets = ModulePattern.Named("proj") }, 1, freeze: false);
        Assert.Equal(
            "trainable: vision 0 of 3,032, connector 0 of 1,536, text 12,408 of 12,408, adapters 176 of 176",
            TrainableCount.Line(model));

        FrozenParts.Freeze(model, [ModelPart.Connector]);
        Assert.Equal(new TrainableCount(null, 0, 176), TrainableCount.Of(model)[^1]);
    }
}
