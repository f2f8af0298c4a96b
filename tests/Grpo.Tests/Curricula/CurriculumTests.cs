namespace Vlm.Grpo.Tests.Curricula;

/// <summary>Which questions come next: once in each pass, by weight, by success rate, in a band, or once more.</summary>
public class CurriculumTests
{
    private const int Seed = 7;

    [Fact]
    public void Shuffled_passes_take_sources_in_turn_by_their_weights()
    {
        QuestionSource[] sources = [Data.Of("a", 7, weight: 2), Data.Of("b", 5)];
        Question[] asked = Data.Asked(new("shuffled", sources), steps: 30, count: 3);

        for (int n = 1; n <= 90; n++)
            Assert.InRange(asked.Take(n).Count(question => question.Source == 0) - (n * 2 / 3.0), -1, 1);
        Assert.All(asked.Where(question => question.Source == 1).CountBy(question => question.Row), row => Assert.Equal(6, row.Value));
        Assert.Equal([0, 0, 0, 0, 0, 1, 1], asked.Where(question => question.Source == 1).Take(7).Select(question => (int)question.Pass));
    }

    // The number of a step says its questions, also for a step that follows a resume with another number of prompts.
    [Fact]
    public void Shuffled_passes_need_no_state()
    {
        QuestionSource[] sources = [Data.Of("a", 7, weight: 2), Data.Of("b", 5)];
        Question[] whole = Data.Asked(new("shuffled", sources), steps: 12, count: 4);
        Curriculum curriculum = new(new() { Curriculum = "shuffled" }, sources, Seed);

        Assert.Equal(whole[32..36], curriculum.Next(curriculum.Start, 9, 4).Questions);
        Assert.Equal(whole[36..48], curriculum.Next(curriculum.Next(curriculum.Start, 9, 4).After, 4, 12).Questions);
    }

    // sqrt(9) : sqrt(1) = 3 : 1 of 4000; the deviation of the count is sqrt(4000 * 3/16) = 27.
    [Fact]
    public void A_mixture_is_drawn_by_weight_and_temperature_whatever_the_size_of_a_step()
    {
        QuestionSource[] sources = [Data.Of("a", 50, weight: 9), Data.Of("b", 50)];
        Question[] asked = Data.Asked(new("mixture", sources, new() { MixtureTemperature = 2 }), steps: 1000, count: 4);

        Assert.InRange(asked.Count(question => question.Source == 0), 3000 - (4 * 27), 3000 + (4 * 27));
        Assert.Equal(asked[..200], Data.Asked(new("mixture", sources, new() { MixtureTemperature = 2 }), steps: 25, count: 8));
    }

    // Rates 0 and 1 after the first answers: exp(.5 / .5) : exp(-.5 / .5) = 0.881 : 0.119 of 2000, deviation 14.5.
    [Fact]
    public void A_source_that_fails_is_asked_more()
    {
        QuestionSource[] sources = [Data.Of("a", 50), Data.Of("b", 50)];
        Question[] asked = Data.Asked(new("success-rate", sources, new() { SuccessTemperature = 0.5 }) { Success = question => question.Source }, 501, 4);

        Assert.InRange(asked.Skip(4).Count(question => question.Source == 0), 1762 - 70, 1762 + 70);
    }

    [Fact]
    public void The_success_rate_of_a_source_is_a_running_mean_over_steps()
    {
        QuestionSource[] sources = [Data.Of("a", 50), Data.Of("b", 50)];
        Curriculum curriculum = new(new() { Curriculum = "success-rate", SuccessMemory = 0.75 }, sources, Seed);
        CurriculumState state = curriculum.Start;
        StepStats stats = StepStats.Empty;
        foreach (double rate in (double[])[1, 0.5, 0.25])
        {
            var drawn = new CurriculumDraw([new(1, 0, 0), new(1, 1, 0)], state, StepStats.Empty);
            Batch batch = Scored.Rates(rate, 0);
            (state, stats) = curriculum.Told(drawn, Scored.Prompts(batch), batch);
        }

        // 0.5; .75 * .5 + .25 * .25 = .4375; .75 * .4375 + .25 * .125
        Assert.Equal(0.359375, state.Sources[1].Success!.Value, 1e-12);
        Assert.Null(state.Sources[0].Success);
        Assert.Equal(0.359375, stats["curriculum/success_b"], 1e-12);
    }

    // Rows 0 and 1 are always and never right. They are left out of the passes 1 and 3, and asked again in 2 and 4.
    [Fact]
    public void A_question_outside_the_band_is_left_out_of_the_next_pass()
    {
        Data.Setting setting = new("band", [Data.Of("a", 6)]) { Success = question => question.Row switch { 0 => 0, 1 => 1, _ => 0.5 } };

        Question[] asked = Data.Asked(setting, steps: 14, count: 2);

        Assert.Equal([6, 4, 6, 4, 6], Enumerable.Range(0, 5).Select(pass => asked.Count(question => question.Pass == pass)));
        Assert.Equal(4, asked.Where(question => question.Pass == 1).Distinct().Count(question => question.Row > 1));
        Question[] longer = Data.Asked(setting with { Options = new() { BandPasses = 2 } }, steps: 10, count: 2);
        Assert.Equal([6, 4, 4, 6], Enumerable.Range(0, 4).Select(pass => longer.Count(question => question.Pass == pass)));
    }

    [Fact]
    public void Where_no_question_is_in_the_band_all_are_asked_again()
    {
        Question[] asked = Data.Asked(new("band", [Data.Of("a", 6)], new() { BandPasses = 1000 }) { Success = _ => 0 }, steps: 30, count: 2);

        Assert.All(asked.CountBy(question => question.Row), row => Assert.InRange(row.Value, 9, 11));
        Assert.Equal(6, asked.Distinct().CountBy(question => question.Row).Count());
    }

    // Half of each step is asked again, of what was wrong: row 3 never, row 4 half the time. What is always right never comes before its pass.
    [Fact]
    public void Hard_questions_are_replayed_the_more_the_more_often_they_were_wrong()
    {
        Data.Setting setting = new("replay", [Data.Of("a", 40)], new() { ReplayShare = 0.5 })
        {
            Success = question => question.Row switch { 3 => 0, 4 => 0.5, _ => 1 },
        };
        Question[] asked = Data.Asked(setting, steps: 2000, count: 1);
        Dictionary<long, int> times = asked.CountBy(question => question.Row).ToDictionary();

        int fresh = times[0];
        Assert.All(times.Where(pair => pair.Key is not (3 or 4)), pair => Assert.InRange(pair.Value, fresh - 1, fresh + 1));
        (double hard, double half) = (times[3] - fresh, times[4] - fresh);
        Assert.InRange(hard + half, 1000 - 160, 1000 + 90);
        // 1 : 1/2
        Assert.InRange(hard / half, 1.7, 2.35);
    }

    [Fact]
    public void A_step_replays_no_question_twice()
    {
        Data.Setting setting = new("replay", [Data.Of("a", 1000)], new() { ReplayShare = 1 }) { Success = _ => 0 };
        foreach (Question[] step in Data.Asked(setting, steps: 12, count: 8).Chunk(8))
            Assert.Equal(8, step.Distinct().Count());
    }

    // Of data without end the wrong ones are remembered alone, and not more than so many.
    [Fact]
    public void Endless_data_is_replayed_too()
    {
        Data.Setting setting = new("replay", [Data.Of("a", null)]) { Success = question => question.Row % 2 };
        CurriculumState state = Data.Run(setting, 1, 300, 4, setting.New().Start).State;

        Assert.All(state.Sources[0].Questions, pair => Assert.Equal(0, pair.Key % 2));
        Assert.InRange(state.Sources[0].Questions.Count, 400, 600);
    }

    // The state goes through the file after each step; the whole run never touches one.
    [Theory]
    [InlineData("shuffled")]
    [InlineData("mixture")]
    [InlineData("success-rate")]
    [InlineData("band")]
    [InlineData("replay")]
    public void A_run_that_is_resumed_after_every_step_asks_what_a_whole_one_asks(string name)
    {
        Data.Setting setting = new(name, [Data.Of("a", 11, weight: 3), Data.Of("b", 7)])
        {
            Success = question => ((question.Row * 7) + question.Source) % 5 / 4.0,
        };
        Question[] whole = Data.Asked(setting, steps: 40, count: 3);
        using var folder = new Data.Folder();
        var asked = new List<Question>();
        for (int step = 1; step <= 40; step++)
        {
            Curriculum curriculum = setting.New();
            (IReadOnlyList<Question> one, CurriculumState state) =
                Data.Run(setting, step, step, 3, step == 1 ? curriculum.Start : curriculum.Read(folder.Path));
            asked.AddRange(one);
            curriculum.Write(folder.Path, state);
        }

        Assert.Equal(whole, asked);
        Assert.True(whole.Distinct().Count() > 15);
    }

    [Fact]
    public void A_group_that_was_not_scored_says_nothing()
    {
        Curriculum curriculum = new(new() { Curriculum = "replay" }, [Data.Of("a", 9)], Seed);
        CurriculumDraw drawn = curriculum.Next(curriculum.Start, 1, 2);

        Batch batch = Scored.Batch([(double.NaN, 0), (double.NaN, 0)], [(double.NaN, 0), (1, 0), (0, 0)], [(1, 0), (1, 0)]);

        // The third group is of another prompt, such as one that another group was replaced by.
        (CurriculumState state, _) = curriculum.Told(drawn, Scored.Prompts(batch)[..2], batch);

        KeyValuePair<long, QuestionState> known = Assert.Single(state.Sources[0].Questions);
        Assert.Equal((drawn.Questions[1].Row, 0.5), (known.Key, known.Value.Success));
    }
}
