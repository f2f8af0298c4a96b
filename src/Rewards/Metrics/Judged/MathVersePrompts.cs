using System.Text.RegularExpressions;

namespace Vlm.Rewards;

/// <summary>
/// What MathVerse's scorer asks a language model: ZrrSkywalker/MathVerse 937b0905, evaluation/prompts.py with its shots; and what
/// lmms-eval 75571cfe asks, lmms_eval/llm_judge/prompt.py.
/// </summary>
internal static partial class MathVersePrompts
{
    private const string ExtractionShots =
        """
        I am providing you a response from a model to a math problem, termed 'Model Response'. You should extract the answer from the response as 'Extracted Answer'. Directly output the extracted answer with no explanation.

        1.
        Model response: 'Rounded to two decimal places, the perimeter of the sector is approximately:

        (-2, 1)'
        Extracted Answer: (-2, 1)

        2.
        Model response: 'at those points.

        Therefore, the correct option that represents the meaning of the intersection points of the graphs is:

        D. They give the solutions to the equation $f(t)=g(t)$.",'
        Extracted Answer: D

        3.
        Model response: ' at 1 (there's a closed circle at y = 1), the range in interval notation is \((-4, 1]\).

        Final values:
        Domain: \((-3, 3]\)
        Range: \((-4, 1]\)'
        Extracted Answer: Domain: \((-3, 3]\)
        Range: \((-4, 1]\)

        4.
        Model response: 'As it stands, I cannot provide the correct option letter because there isn't enough information to solve for 'y'.'
        Extracted Answer: null

        5.
        Model response: 'Given that AB = 17.6 meters, we can now substitute into the equation:

        d = 17.6 / cos(38°)

        Therefore, to one decimal place, the distance d between Ned and Bart is approximately 22.3 meters.'
        Extracted answer: 22.3

        6.
        Model response:  have all the coefficients for the quadratic function:
        \( f(x) = ax^2 + bx + c \)
        \( f(x) = -1x^2 - 2x + 1 \)

        Therefore, the equation for the graphed function \( f \) is:
        \( f(x) = -x^2 - 2x + 1 \)"'
        Extracted answer: f(x) = -x^2 - 2x + 1

        7.
        """;

    private const string ScoreShots =
        """
        Below are two answers to a math question. Question is [Question], [Standard Answer] is the standard answer to the question, and [Model_answer] is the answer extracted from a model's output to this question.  Determine whether these two answers are consistent.
        Please note that only when the [Model_answer] completely matches the [Standard Answer] means they are consistent. For non-multiple-choice questions, if the meaning is expressed in the same way, it is also considered consistent, for example, 0.5m and 50cm.
        If they are consistent, Judement is 1; if they are different, Judement is 0.

        [Question]: Write the set of numbers represented on the number line in interval notation.
        [Standard Answer]: (-2,1]
        [Model_answer] : Extracted Answer: \((-2, 1)\)
        Judgement: 0

        [Question]: As shown in the figure, circle O has a radius 1.0, if angle BAC = 60.0, then the length of BC is ()
        Choices:
        A:2
        B:2√{3}
        C:√{3}
        D:2√{2}
        [Standard Answer]: C
        [Model_answer] : B:2√{3}
        Judgement: 0

        [Question]: Find the domain and range of the function f using interval notation.
        [Standard Answer]: domain: [-4, 0) and range: (-3, 1]
        [Model_answer] : Range: \((-4, 1]\)
        Judgement: 0

        [Question]: As shown in the figure, circle O has a radius 1.0, if angle BAC = 60.0, then the length of BC is ()
        Choices:
        A:2
        B:2√{3}
        C:√{3}
        D:2√{2}
        [Standard Answer]: C
        [Model_answer] : null
        Judgement: 0

        [Question]: Given the graph of the ellipse that intersects with x-axis at 9 and -9 and with y-axis at 3 and -3, determine its equation.A. \frac{x^2}{81} + \frac{y^2}{9} = 1 B. Can not determine.

        [Standard Answer]: A
        [Model_answer] : \frac{x^2}{81} + \frac{y^2}{9} = 1
        Judgement: 1

        [Question]: <<QUESTION>>
        [Standard Answer]: <<TRUTH>>
        [Model_answer] : <<EXTRACTION>>
        Judgement:
        """;

    private const string BinaryPrompt =
        """
        You are a strict evaluator assessing answer correctness. You must output 1 for fully correct answers and 0 for any other case.

        # Input
        Question:
        ```
        <<QUESTION>>
        ```
        Ground Truth Answer:
        ```
        <<TRUTH>>
        ```
        Model Prediction:
        ```
        <<EXTRACTION>>
        ```

        # Evaluation Rules
        - The model prediction may contain the reasoning process, you should spot the final answer from it.
        - For multiple-choice questions: Score 1 if the predicted answer matches the ground truth answer, it can be directly in option letters or the content of the options.
        - For open-ended questions:
          * Score 1 if the prediction matches the answer semantically, it can be in different format.
          * Score 0 for partially correct answers or answers with extra incorrect information, even if the reasoning process is correct.
        - Ignore minor differences in formatting, capitalization, or spacing since the model may explain in a different way.
        - Treat numerical answers as correct if they match within reasonable precision
        - For questions requiring units, both value and unit must be correct

        # Strict Output format
        1 or 0
        """;

    /// <summary>Asks for the answer that a reply gives.</summary>
    public static string Extraction(string reply) =>
        $"{MathVistaPrompts.Lines(ExtractionShots)}\n\nModel response: '{reply}'\nExtracted Answer: ";

    /// <summary>Asks whether an answer is consistent with the truth: 1 or 0.</summary>
    public static string Score(string question, string truth, string extraction) => Filled(ScoreShots, question, truth, extraction);

    /// <summary>Asks whether a reply is right: 1 or 0.</summary>
    public static string Binary(string question, string truth, string reply) => Filled(BinaryPrompt, question, truth, reply);

    // At once: what is put in is not looked through.
    private static string Filled(string prompt, string question, string truth, string answer) =>
        Place().Replace(MathVistaPrompts.Lines(prompt), place => place.Value switch
        {
            "<<QUESTION>>" => question,
            "<<TRUTH>>" => truth,
            _ => answer,
        });

    [GeneratedRegex("<<(?:QUESTION|TRUTH|EXTRACTION)>>")]
    private static partial Regex Place();
}
