using System.Text.Json.Nodes;
using TorchSharp.Modules;
using Vlm;
using Vlm.Checkpoints;
using Vlm.Datasets;
using Vlm.Engine;
using Vlm.Grpo;
using Vlm.Layers;
using Vlm.Models;
using Vlm.Models.SmolVlm;
using Vlm.Rewards.Learned;
using static TorchSharp.torch;

namespace Learned.Tests.RewardModels;

/// <summary>Reward models: what they read, how their folders look, and that nothing depends on how answers are batched.</summary>
public sealed class RewardModelTests : IDisposable
{
    private static readonly string[] s_texts = ["A small red circle and a large blue square.", "A red circle.", "Nothing at all, or so it seems.", "x"];
    private readonly string _work = Directory.CreateTempSubdirectory("vlm-rm-").FullName;

    public void Dispose() => Directory.Delete(_work, recursive: true);

    // The head reads the state after the last token, whatever else is in the batch: the same prompt and answer read alone.
    [Theory]
    [InlineData(RewardPooling.Last)]
    [InlineData(RewardPooling.Mean)]
    [InlineData(RewardPooling.Implicit)]
    [InlineData(RewardPooling.ImplicitSum)]
    public void A_score_is_the_head_on_the_states_of_the_answer_whatever_it_is_batched_with(RewardPooling pooling)
    {
        string folder = Folder("model", pooling);
        using RewardModelFolder loaded = RewardModelFolder.Load(folder, new() { Device = "cpu" });
        Example[] examples = [Shapes.Example(1, Split.Test, 0), Shapes.Example(1, Split.Test, 1)];
        Prompt[] prompts = [.. examples.Select(example => loaded.Processor.Prompt(example, null))];

        Rollout[] answers = [.. s_texts.Select((text, i) => loaded.Reward.Answer(prompts[i % 2], text))];
        double[] together = Scores(loaded.Reward, answers);

        for (int i = 0; i < answers.Length; i++)
        {
            Assert.Equal(Alone(loaded.Reward, answers[i], pooling), together[i], 1e-4);
            Assert.Equal(Scores(loaded.Reward, [answers[i]])[0], together[i], 1e-4);
        }
        Assert.Equal(4, together.Distinct().Count());
    }

    [Fact]
    public async Task The_reward_gives_scaled_scores_in_the_order_of_the_completions()
    {
        string folder = Folder("model", RewardPooling.Last, new RewardScale(0.5, 2));
        Example one = Shapes.Example(1, Split.Test, 0), two = Shapes.Example(1, Split.Test, 1);
        Completion[] completions = [new(one, s_texts[0]), new(two, s_texts[1]), new(one, s_texts[2]), new(two, s_texts[3])];
        using var whole = new RewardModelReward("rm", RewardModelFolder.Load(folder, new() { Device = "cpu" }));
        using var parts = new RewardModelReward("rm", RewardModelFolder.Load(folder, new() { Device = "cpu" }), batch: 1);
        using RewardModelFolder raw = RewardModelFolder.Load(folder, new() { Device = "cpu" });

        IReadOnlyList<LearnedScore> scores = await whole.ScoreAsync(completions), apart = await parts.ScoreAsync(completions);

        for (int i = 0; i < completions.Length; i++)
        {
            double alone = Scores(raw.Reward, [raw.Reward.Answer(raw.Processor.Prompt(completions[i].Example, null), completions[i].Text)])[0];
            Assert.Equal((alone - 0.5) / 2, scores[i].Value!.Value, 1e-4);
            Assert.Equal(apart[i].Value!.Value, scores[i].Value!.Value, 1e-4);
        }
    }

    [Fact]
    public void A_folder_is_one_of_transformers_for_sequence_classification_and_still_a_model()
    {
        string folder = Folder("model", RewardPooling.Last);
        JsonObject config = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "config.json")))!.AsObject();
        using HubFolder hub = HubFolder.Open(folder);

        Assert.Equal("SmolVLMForSequenceClassification", (string?)config["architectures"]![0]);
        Assert.Equal((1, "reward", 0), ((int?)config["num_labels"], (string?)config["id2label"]!["0"], (int?)config["label2id"]!["reward"]));
        Assert.Equal([1, 64], hub.EntryOf("score.weight").Shape);
        using var model = VisionLanguageModel.Load(folder, new() { Device = "cpu" });
        Assert.NotNull(model.Ask("Describe the image.", ImageSource.FromDrawing(() => Shapes.Draw(Shapes.Scene(1, Split.Test, 0)!))));
    }

    // Without a layer of its own it is the language model that it was: what says that it scores is in config.json alone.
    [Theory]
    [InlineData(RewardPooling.Implicit)]
    [InlineData(RewardPooling.ImplicitSum)]
    public void An_implicit_reward_is_the_folder_of_a_model_that_says_how_it_scores(RewardPooling pooling)
    {
        string folder = Folder("model", pooling, new RewardScale(-2, 0.5));
        JsonObject config = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "config.json")))!.AsObject();
        using (HubFolder hub = HubFolder.Open(folder))
            Assert.False(hub.Contains("score.weight"));

        using RewardModelFolder loaded = RewardModelFolder.Load(folder, new() { Device = "cpu" });

        Assert.Equal("SmolVLMForConditionalGeneration", (string?)config["architectures"]![0]);
        Assert.Null(config["num_labels"]);
        Assert.Equal((pooling, 3, new RewardScale(-2, 0.5)), (loaded.Reward.Head.Pooling, loaded.Reward.Head.Beta, loaded.Scale));
        config["reward_model"]!["beta"] = 0;
        File.WriteAllText(Path.Combine(folder, "config.json"), config.ToJsonString());
        UsageException error = Assert.Throws<UsageException>(() => RewardModelFolder.Load(folder, new() { Device = "cpu" }));
        Assert.Contains("beta above 0", error.Message, StringComparison.Ordinal);
    }

    // Losses on states, and the language loss that the score is itself, mean nothing there.
    [Fact]
    public void Losses_on_states_are_refused_of_an_implicit_reward()
    {
        Assert.All((PreferenceOptions[])[new() { GoalWeight = 1 }, new() { SimcseWeight = 1 }, new() { SftWeight = 1 }], options =>
        {
            OptionsCheck.Validate(options);
            Assert.Contains("implicit", Assert.Throws<OptionException>(() => OptionsCheck.Validate(options with { Pooling = RewardPooling.Implicit })).Message);
            Assert.Contains("implicit", Assert.Throws<OptionException>(() => OptionsCheck.Validate(options with { Pooling = RewardPooling.ImplicitSum })).Message);
        });
        Assert.Equal((2, 0.1, 0.7), (new PreferenceOptions().Beta, new PreferenceOptions { Pooling = RewardPooling.ImplicitSum }.Beta,
            new PreferenceOptions { Pooling = RewardPooling.ImplicitSum, ImplicitBeta = 0.7 }.Beta));
        Assert.Throws<ArgumentException>(() => RewardHead.Implicit(1, RewardPooling.Mean));
    }

    // Skywork-VL-Reward and others of TRL keep the head under another name, with a bias; LLaMA-Factory in a file of its own.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_value_head_of_TRL_is_read_too(bool beside)
    {
        string folder = Folder("model", RewardPooling.Last), other = Path.Combine(_work, "other");
        Directory.CreateDirectory(other);
        using var scope = NewDisposeScope();
        Tensor weight = ones([1, 64]), bias = tensor([0.25f]);
        SavedTensor[] head = [SavedTensor.Of("v_head.summary.weight", weight), SavedTensor.Of("v_head.summary.bias", bias)];
        using (HubFolder hub = HubFolder.Open(folder))
        {
            SavedTensor[] rest = [.. hub.Names.Where(name => name != "score.weight").Select(name => SavedTensor.Of(name, hub.Load(name, CPU)))];
            JsonObject config = HubFolder.ReadJson(Path.Combine(folder, "config.json"));
            config.Remove("reward_model");
            HubFolder.Write(other, config, hub.SmallFiles(), beside ? rest : [.. rest, .. head]);
            if (beside)
                SafetensorsWriter.Write(Path.Combine(other, "value_head.safetensors"), head);
        }

        using RewardModelFolder loaded = RewardModelFolder.Load(other, new() { Device = "cpu" });
        Tensor states = rand(3, 64);

        Assert.Equal((states.sum(1) + 0.25).data<float>().ToArray(), loaded.Reward.Head.Forward(states).select(1, 0).data<float>().ToArray(), (a, b) => Math.Abs(a - b) < 1e-5);
        Assert.Equal(RewardScale.Raw, loaded.Scale);
    }

    [Fact]
    public void A_head_that_is_not_there_or_of_another_width_is_refused()
    {
        string bare = Path.Combine(_work, "bare"), wide = Path.Combine(_work, "wide");
        CompleteFolder.Write(bare, inner => SmolVlmNew.Write(inner, SmolVlmNew.Smallest, s_texts, seed: 1));
        Directory.CreateDirectory(wide);
        using (var scope = NewDisposeScope())
        using (HubFolder hub = HubFolder.Open(bare))
            HubFolder.Write(wide, hub.Config, hub.SmallFiles(), [.. hub.Names.Select(name => (name, hub.Load(name, CPU))), ("score.weight", zeros([1, 65]))]);

        UsageException none = Assert.Throws<UsageException>(() => RewardModelFolder.Load(bare, new() { Device = "cpu" }));
        UsageException other = Assert.Throws<UsageException>(() => RewardModelFolder.Load(wide, new() { Device = "cpu" }));

        Assert.Contains("no reward head", none.Message, StringComparison.Ordinal);
        Assert.Contains("[1, 65], and the model's states have 64 numbers", other.Message, StringComparison.Ordinal);
    }

    // transformers' models for sequence classification have a score in place of the output layer, tied or not.
    [Fact]
    public void A_folder_without_an_output_layer_scores_and_answers_nothing()
    {
        string whole = Folder("model", RewardPooling.Last), bare = Path.Combine(_work, "bare");
        Directory.CreateDirectory(bare);
        using (var scope = NewDisposeScope())
        using (HubFolder hub = HubFolder.Open(whole))
        {
            Assert.Contains("lm_head.weight", hub.Names);
            HubFolder.Write(bare, hub.Config, hub.SmallFiles(),
                [.. hub.Names.Where(name => name != "lm_head.weight").Select(name => (name, hub.Load(name, CPU)))]);
        }
        Assert.False((bool)HubFolder.ReadJson(Path.Combine(bare, "config.json"))["tie_word_embeddings"]!);

        using RewardModelFolder with = RewardModelFolder.Load(whole, new() { Device = "cpu" });
        using RewardModelFolder without = RewardModelFolder.Load(bare, new() { Device = "cpu" });
        Example example = Shapes.Example(1, Split.Test, 0);

        Assert.Equal(Of(with), Of(without));
        Assert.DoesNotContain(without.Reward.Model.Parameters, item => item.Name == "lm_head.weight");
        UsageException refused = Assert.Throws<UsageException>(() => VisionLanguageModel.Load(bare, new() { Device = "cpu" }));
        Assert.Equal("the weights have a reward head and no lm_head.weight: the folder scores answers, and gives none", refused.Message);
        Assert.Equal(bare, refused.Where);
        Assert.StartsWith($"--reward rm:{bare}", refused.Fix, StringComparison.Ordinal);

        double[] Of(RewardModelFolder folder) =>
            Scores(folder.Reward, [.. s_texts.Select(text => folder.Reward.Answer(folder.Processor.Prompt(example, null), text))]);
    }

    [Fact]
    public void An_answer_longer_than_the_context_names_its_record()
    {
        using RewardModelFolder loaded = RewardModelFolder.Load(Folder("model", RewardPooling.Last), new() { Device = "cpu" });
        Prompt prompt = loaded.Processor.Prompt(Shapes.Example(1, Split.Test, 0), null);

        UsageException error = Assert.Throws<UsageException>(() => loaded.Reward.Answer(prompt, string.Concat(Enumerable.Repeat("blue ", 5000))));
        Assert.Contains("shapes-test-1-0", error.Where, StringComparison.Ordinal);
    }

    // Trained alike but for one layer: all else is one memory, scores are what they were, and the policy's training does not reach it.
    [Fact]
    public void Weights_in_common_with_a_policy_are_held_once()
    {
        string folder = Folder("model", RewardPooling.Last);
        using var policy = VisionLanguageModel.Load(folder, new() { Device = "cpu" });
        IVisionLanguageModel weights = policy.Checkpoint!.Model;
        foreach ((string name, Parameter value) in weights.Parameters)
            value.requires_grad = name.Contains("layers.0", StringComparison.Ordinal);
        using RewardModelFolder apart = RewardModelFolder.Load(folder, new() { Device = "cpu" });
        using RewardModelFolder shared = RewardModelFolder.Load(folder, new() { Device = "cpu" }, policy: weights);
        Rollout[] answers = [apart.Reward.Answer(apart.Processor.Prompt(Shapes.Example(1, Split.Test, 0), null), s_texts[0])];
        double before = Scores(apart.Reward, answers)[0];

        Assert.Equal(before, Scores(shared.Reward, answers)[0]);
        foreach ((string name, Parameter value) in shared.Reward.Model.Parameters)
        {
            Parameter theirs = weights.Parameters.Single(item => item.Name == name).Value;
            Assert.Equal(!theirs.requires_grad, Address(value) == Address(theirs));
            Assert.False(value.requires_grad);
        }
        using (no_grad())
            foreach ((_, Parameter value) in weights.Parameters.Where(item => item.Value.requires_grad))
                _ = value.zero_();
        Assert.Equal(before, Scores(shared.Reward, answers)[0]);
    }

    // Five steps on two pairs: the chosen answers come out above, and what does not learn stays.
    [Fact]
    public void Bradley_Terry_moves_the_chosen_answers_above_the_rejected_ones()
    {
        using var vlm = TrainableModel.Load(Base(), new ModelOptions { Freeze = ["vision"] }, CPU, seed: 1, logger: null);
        IVisionLanguageModel model = vlm.Base.Model;
        using var head = RewardHead.New(["reward"], model.Sizes.Attention.HiddenSize, CPU);
        vlm.Head = new(head.Parameters, _ => { });
        var reward = new RewardModel(model, vlm.Model.Processor, head);
        var objective = new PreferenceObjective(reward, new() { GoalWeight = 0.1, SimcseWeight = 0.1 }, seed: 3);
        PairToRead[] pairs = [.. ShapesPreferences.Pairs(1, Split.Train, 2).Select((pair, i) =>
        {
            Prompt prompt = vlm.Model.Prompt(pair.Example);
            return new PairToRead(reward.Answer(prompt, pair.Chosen), reward.Answer(prompt, pair.Rejected), 0, 0, i);
        })];
        Rollout[] answers = [.. pairs.SelectMany(pair => new[] { pair.Chosen, pair.Rejected })];
        FusedAdamW optimizer = vlm.Optimizer(new UpdateOptions { LearningRate = 1e-3 }, headRate: 1e-2);
        (string Name, Parameter Value)[] trainable = [.. vlm.Policy.Trainable, .. head.Parameters];
        float[] vision = model.Parameters.First(item => model.PartOf(item.Name) == ModelPart.Vision).Value.data<float>().ToArray();

        PairSums first = default, last = default;
        for (int step = 1; step <= 5; step++)
            LossUpdate.Apply(trainable, optimizer, answers, [[0, 1, 2, 3]], new UpdateOptions(), step, _ =>
            {
                (Tensor loss, last) = objective.Compute(pairs, 1);
                first = step == 1 ? last : first;
                return (loss, StepStats.Empty);
            });

        Assert.Equal((0, 0.0), (first.Correct, first.Margins));          // a head of zeros prefers nothing
        Assert.Equal(2, last.Correct);
        Assert.Equal(vision, model.Parameters.First(item => model.PartOf(item.Name) == ModelPart.Vision).Value.data<float>().ToArray());
    }

    // What the policy gives the tokens after the first, each chosen answer's mean, whatever the rejected ones are and how pairs are split.
    [Fact]
    public void The_language_loss_is_that_of_the_chosen_answers_after_their_first_token()
    {
        using var vlm = TrainableModel.Load(Base(), new ModelOptions(), CPU, seed: 1, logger: null);
        using var head = RewardHead.New(["reward"], vlm.Base.Model.Sizes.Attention.HiddenSize, CPU);
        var reward = new RewardModel(vlm.Base.Model, vlm.Model.Processor, head);
        PairToRead[] pairs = [.. ShapesPreferences.Pairs(1, Split.Train, 3).Select((pair, i) =>
        {
            Prompt prompt = vlm.Model.Prompt(pair.Example);
            return new PairToRead(reward.Answer(prompt, pair.Chosen), reward.Answer(prompt, pair.Rejected), 0, 0, i);
        })];
        using var scope = NewDisposeScope();
        using var off = no_grad();
        double Loss(double weight, params PairToRead[] read) =>
            new PreferenceObjective(reward, new() { SftWeight = weight }, seed: 1).Compute(read, 1).Loss.item<float>();

        double whole = Loss(0.5, pairs) - Loss(0, pairs);

        Assert.Equal(-0.5 * pairs.Average(pair => LogProbs(reward, pair.Chosen)[1..].Average()), whole, 1e-5);
        Assert.Equal(whole, pairs.Average(pair => Loss(0.5, pair) - Loss(0, pair)), 1e-5);
    }

    private static double[] Scores(RewardModel model, Rollout[] answers)
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        return [.. model.Scores(answers).select(1, 0).data<float>().ToArray().Select(score => (double)score)];
    }

    // One row that holds prompt and answer: read as a prompt alone, no cache between.
    private static double Alone(RewardModel model, Rollout answer, RewardPooling pooling)
    {
        if (pooling.IsImplicit())
            return 3 * (pooling == RewardPooling.Implicit ? LogProbs(model, answer).Average() : LogProbs(model, answer).Sum());
        using var scope = NewDisposeScope();
        using var off = no_grad();
        Prompt whole = answer.Prompt with { Tokens = [.. answer.Prompt.Tokens, .. answer.Tokens] };
        Tensor hidden = model.Model.Prefill([whole], new KvCache(model.Model.Layers)).Hidden[0];
        Tensor states = hidden[answer.Prompt.Tokens.Length..];
        return model.Head.Forward(pooling == RewardPooling.Last ? states[-1] : states.mean([0])).item<float>();
    }

    // The same of what the language model gives each token of the answer.
    private static double[] LogProbs(RewardModel model, Rollout answer)
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        Prompt whole = answer.Prompt with { Tokens = [.. answer.Prompt.Tokens, .. answer.Tokens] };
        Tensor hidden = model.Model.Prefill([whole], new KvCache(model.Model.Layers)).Hidden[0];
        Tensor logProbs = model.Model.Logits(hidden[(answer.Prompt.Tokens.Length - 1)..^1].unsqueeze(0))[0].log_softmax(-1);
        return [.. answer.Tokens.Select((token, i) => (double)logProbs[i][token].item<float>())];
    }

    private string Base()
    {
        string folder = Path.Combine(_work, "base");
        CompleteFolder.Write(folder, inner => SmolVlmNew.Write(inner, SmolVlmNew.Smallest, s_texts, seed: 1));
        return folder;
    }

    private string Folder(string name, RewardPooling pooling, RewardScale? scale = null)
    {
        string folder = Path.Combine(_work, name);
        VlmCheckpoint loaded = VlmCheckpoint.Load(Base(), CPU);
        using RewardHead head = pooling.IsImplicit()
            ? RewardHead.Implicit(3, pooling) : RewardHead.New(["reward"], loaded.Model.Sizes.Attention.HiddenSize, CPU, pooling);
        using (no_grad())
            foreach ((_, Parameter value) in head.Parameters)
                _ = value.normal_(0, 1, new Generator(5));
        CompleteFolder.Write(folder, inner => loaded.Write(inner, null, HubFolder.MaxShardBytes,
            head: new ModelHead(head.Parameters, config => RewardModelFolder.Configure(config, head, scale ?? RewardScale.Raw))));
        loaded.Model.Dispose();
        return folder;
    }

    private static nint Address(Tensor tensor) => tensor.storage<float>().data_ptr();
}
