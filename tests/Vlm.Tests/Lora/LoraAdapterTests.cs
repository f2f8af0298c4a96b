using TorchSharp;
using TorchSharp.Modules;
using Vlm.Lora;
using Vlm.Layers;
using Vlm.Models.SmolVlm;
using Vlm.Tests.Generation;
using static TorchSharp.torch;
using static Vlm.Tests.Lora.TinyAdapter;

namespace Vlm.Tests.Lora;

public sealed class LoraAdapterTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    // W = [[1, 2], [3, 4], [0, 1]], b = (1, 0, 0), A = [[1, -1]], B = [[1], [2], [3]], s = 0.5, x = (5, 2).
    // W x = (9, 23, 2), plus b (10, 23, 2); A x = 3; s B 3 = (1.5, 3, 4.5); together (11.5, 26, 6.5).
    [Fact]
    public void An_adapter_adds_its_product_to_the_layer()
    {
        var layer = new LoraLinear(2, 3, bias: true);
        layer.Adapt(rank: 1, scale: 0.5);
        using (no_grad())
        {
            layer.Weight.copy_(tensor([1f, 2, 3, 4, 0, 1]).view(3, 2));
            layer.Bias!.copy_(tensor([1f, 0, 0]));
            Named(layer, "lora_A.weight").copy_(tensor([1f, -1]).view(1, 2));
            Named(layer, "lora_B.weight").copy_(tensor([1f, 2, 3]).view(3, 1));
        }
        var x = tensor([5f, 2]).view(1, 2);

        Assert.Equal([11.5f, 26, 6.5f], layer.call(x).flatten().data<float>().ToArray());
        layer.Merge();
        Assert.Equal([1.5f, 1.5f, 4, 3, 1.5f, -0.5f], layer.Weight.flatten().data<float>().ToArray());   // W + s B A
        Assert.Equal([11.5f, 26, 6.5f], layer.call(x).flatten().data<float>().ToArray());
        Assert.Equal(["weight", "bias"], layer.named_parameters().Select(item => item.name));
    }

    // Text: 2 layers of q k v o gate up down; vision: 1 layer of q k v out fc1 fc2; connector 1; not the output layer.
    [Fact]
    public void A_new_adapter_is_on_every_layer_and_changes_nothing()
    {
        SmolVlmModel model = TinyModel.Create();
        float[] before = Logits(model);
        LoraAdapter.Attach(model, Config, seed: 5);

        Assert.Equal(2 * 7 + 6 + 1, model.Projections.Count(item => item.Layer.HasAdapter));
        Assert.False(model.Projections.Single(item => item.Name == "lm_head").Layer.HasAdapter);
        Assert.Equal(before, Logits(model));
        Assert.All(model.Parameters, item => Assert.Equal(ModelParameters.IsAdapter(item.Name), item.Value.requires_grad));
        Assert.Equal([3, 24], Adapter(model, "model.text_model.layers.0.mlp.up_proj.lora_A.weight").shape);
        Assert.Equal([40, 3], Adapter(model, "model.text_model.layers.0.mlp.up_proj.lora_B.weight").shape);
    }

    // Uniform in +-1/sqrt(inputs): 3 x 40 of them, 1/sqrt(40) = 0.158; the largest is above 0.9 of it but for 0.9^120.
    [Fact]
    public void The_start_is_named_by_the_seed_and_the_layer_alone()
    {
        SmolVlmModel one = TinyModel.Create(1), two = TinyModel.Create(2), three = TinyModel.Create(1);
        const string Name = "model.text_model.layers.1.mlp.down_proj.lora_A.weight";
        LoraAdapter.Attach(one, Config, seed: 5);
        LoraAdapter.Attach(two, Config with { Targets = ModulePattern.Named("down_proj") }, seed: 5);
        LoraAdapter.Attach(three, Config, seed: 6);

        float[] start = Numbers(Adapter(one, Name));
        Assert.Equal(start, Numbers(Adapter(two, Name)));
        Assert.NotEqual(start, Numbers(Adapter(three, Name)));
        Assert.NotEqual(start, Numbers(Adapter(one, Name.Replace("layers.1", "layers.0", StringComparison.Ordinal))));
        Assert.InRange(start.Max(Math.Abs), 0.9 / Math.Sqrt(40), 1 / Math.Sqrt(40));
        Assert.Contains(start, number => number < 0);
        Assert.All(one.Parameters.Where(item => item.Name.EndsWith("lora_B.weight", StringComparison.Ordinal)),
            item => Assert.All(Numbers(item.Value), number => Assert.Equal(0, number)));
    }

    [Fact]
    public void Merged_is_unmerged()
    {
        SmolVlmModel model = Trained(3);
        float[] bare = Logits(TinyModel.Create()), apart = Logits(model);
        LoraAdapter.Merge(model);
        float[] merged = Logits(model);

        Assert.True(Gap(bare, apart) > 0.1, $"the adapter does little: {Gap(bare, apart)}");
        Assert.InRange(Gap(apart, merged), 0, 1e-5 * apart.Max(Math.Abs));
        Assert.DoesNotContain(model.Parameters, item => ModelParameters.IsAdapter(item.Name));
    }

    // bfloat16 keeps 8 bits: a weight moves by up to 2^-9 of itself when the sum is rounded. Here logits reach some tens
    // and each is a sum over two layers of such weights, so they agree to a few percent, and not to 1e-5.
    [Fact]
    public void In_half_precision_the_adapter_stays_whole_and_merging_rounds()
    {
        SmolVlmModel model = TinyModel.Create(ScalarType.BFloat16);
        LoraAdapter.Attach(model, Config, seed: 5);
        Stir(model, 3);
        Assert.All(model.Parameters, item => Assert.Equal(
            ModelParameters.IsAdapter(item.Name) ? ScalarType.Float32 : ScalarType.BFloat16, item.Value.dtype));

        float[] whole = Logits(Trained(3)), apart = Logits(model);
        LoraAdapter.Merge(model);
        double largest = whole.Max(Math.Abs);
        Assert.InRange(Gap(whole, apart), 1e-5 * largest, 0.05 * largest);
        Assert.InRange(Gap(apart, Logits(model)), 1e-5 * largest, 0.05 * largest);
    }

    [Fact]
    public void A_target_that_names_no_layer_is_refused_with_those_there_are()
    {
        LoraConfig config = Config with { Targets = ModulePattern.Named("q_proj", "v_prj") };

        var error = Assert.Throws<UsageException>(() => LoraAdapter.Attach(TinyModel.Create(), config, 1));
        Assert.Equal("no linear layer of the model is called \"v_prj\"", error.Message);
        Assert.Equal(
            "one of down_proj, fc1, fc2, gate_proj, k_proj, lm_head, o_proj, out_proj, proj, q_proj, up_proj, v_proj",
            error.Fix);
    }

    // "patch_embed.proj" is a convolution, which PEFT would find by "proj" too; "0" would find "blocks.0".
    [Fact]
    public void Endings_are_as_short_as_they_can_be()
    {
        string[] chosen = ["v.blocks.0.attn.proj", "v.blocks.0.attn.qkv", "v.blocks.1.attn.qkv", "v.merger.mlp.0"];
        string[] others = ["v", "v.patch_embed", "v.patch_embed.proj", "v.blocks", "v.blocks.0", "v.merger.mlp"];

        Assert.Equal(["attn.proj", "qkv", "mlp.0"], ModuleSuffixes.Shortest(chosen, others));
    }

    [Fact]
    public void The_file_names_the_layers_that_have_adapters()
    {
        LoraConfig all = LoraAdapter.Attach(TinyModel.Create(), Config, 1);
        Assert.Equal("down_proj fc1 fc2 gate_proj k_proj o_proj out_proj proj q_proj up_proj v_proj", Endings(all));

        LoraConfig some = LoraAdapter.Attach(
            TinyModel.Create(), Config with { Targets = ModulePattern.Named("q_proj", "fc1", "o_proj") }, 1,
            except: [ModelPart.Vision]);
        Assert.Equal("layers.1.self_attn.q_proj o_proj text_model.layers.0.self_attn.q_proj", Endings(some));

        static string Endings(LoraConfig config) => string.Join(' ',
            Assert.IsType<ModulePattern.Names>(config.Targets).Endings.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Adapters_in_excepted_parts_alone_are_refused() => Assert.Equal(
        "every layer that is meant to have an adapter is frozen",
        Assert.Throws<UsageException>(() => LoraAdapter.Attach(TinyModel.Create(),
            Config with { Targets = ModulePattern.Named("fc1") }, 1, except: [ModelPart.Vision])).Message);

    public void Dispose() => _scope.Dispose();

    private static Parameter Adapter(SmolVlmModel model, string name) =>
        model.Parameters.Single(item => item.Name == name).Value;

    private static Parameter Named(nn.Module module, string name) =>
        module.named_parameters().Single(item => item.name == name).parameter;
}
