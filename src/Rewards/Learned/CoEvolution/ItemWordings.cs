using Vlm.Rewards.Learned.Judges;

namespace Vlm.Rewards.Learned.CoEvolution;

/// <summary>Wordings of items. Each item takes one at random, so that no one wording is learned.</summary>
/// <remarks>
/// They are short, for small models, and say nothing of images, which stand before them. {question}, {answer}, {answer_a}, {answer_b} are
/// replaced; {option_a} and {option_b} are "right" and "wrong" in the order of the item's letters.
/// </remarks>
public static class ItemWordings
{
    private static readonly IReadOnlyList<string> s_yesNo =
    [
        "{question}\nAnswer: {answer}\nIs this right? Yes or no.",
        "Question: {question}\nGiven answer: {answer}\nIs it correct? Say yes or no.",
        "Someone was asked: {question}\nThe reply was: {answer}\nIs the reply right? Yes or no.",
        "Check an answer.\n{question}\n{answer}\nIs it true? Yes or no.",
        "{question} A model says: {answer}\nDo you agree? Yes or no.",
        "Is '{answer}' the right answer to '{question}'? Yes or no.",
        "To the question '{question}' the answer was '{answer}'. Was that right? Yes or no.",
        "Q: {question}\nA: {answer}\nIs A right? Answer yes or no.",
        "Does '{answer}' answer this correctly? {question}\nYes or no.",
    ];

    private static readonly IReadOnlyList<string> s_letters =
    [
        "{question}\nAnswer: {answer}\nThis is\nA. {option_a}\nB. {option_b}",
        "Question: {question}\nGiven answer: {answer}\nChoose: A. {option_a} B. {option_b}",
        "Someone was asked: {question}\nThe reply was: {answer}\nThe reply is (A) {option_a} (B) {option_b}",
        "Check an answer.\n{question}\n{answer}\nA: {option_a}\nB: {option_b}",
        "{question} A model says: {answer}\nWhat is that?\nA. {option_a}\nB. {option_b}",
        "'{answer}' as the answer to '{question}' is A. {option_a} B. {option_b}",
        "To '{question}' the answer was '{answer}'. Say A for {option_a}, B for {option_b}.",
        "Mark it with a letter. A means {option_a}, B means {option_b}.\n{question}\n{answer}",
        "Is the answer right or wrong?\n{question}\n{answer}\nA = {option_a}, B = {option_b}",
    ];

    private static readonly IReadOnlyList<string> s_pairwise =
    [
        "{question}\nA: {answer_a}\nB: {answer_b}\nWhich answer is right, A or B?",
        "Question: {question}\nAnswer A: {answer_a}\nAnswer B: {answer_b}\nChoose the right one: A or B.",
        "Two replies to '{question}':\nA. {answer_a}\nB. {answer_b}\nOne is right. Which?",
        "Compare.\n{question}\n(A) {answer_a}\n(B) {answer_b}\nSay the letter of the right one.",
        "{question} One model says A: {answer_a}, another B: {answer_b}. Who is right?",
        "One of these is wrong. {question}\nA: {answer_a}\nB: {answer_b}\nGive the letter of the other.",
        "Which fits '{question}'?\nA. {answer_a}\nB. {answer_b}",
        "A says '{answer_a}', B says '{answer_b}'. The question was: {question}\nIs A or B right?",
        "Pick the right answer, A or B.\n{question}\nA = {answer_a}\nB = {answer_b}",
    ];

    private static readonly IReadOnlyList<string> s_wrongSolution =
    [
        "{question}\nThis solution is wrong: {answer}\nAnswer again.",
        "Question: {question}\nA wrong attempt: {answer}\nFind what is wrong with it and answer rightly.",
        "Someone solved '{question}' like this: {answer}\nIt is not right. Do it better.",
        "Do not repeat this mistake.\n{answer}\n{question}",
        "{question}\nYou wrote: {answer}\nThat was not right. Try again.",
        "A failed solution: {answer}\nNow solve it: {question}",
        "Correct this.\nQuestion: {question}\nSolution: {answer}\nGive the right answer.",
        "What is the right answer? {question}\nIt is not what this says: {answer}",
    ];

    private static readonly IReadOnlyList<string> s_wrongAnswer =
    [
        "{question}\nThe answer is not {answer}. Answer again.",
        "Question: {question}\nWrong answer: {answer}\nWhat is right?",
        "Someone answered '{question}' with '{answer}', which is wrong. What do you answer?",
        "It is not {answer}.\n{question}",
        "{question}\nYou said {answer}. That was not right. Try again.",
        "'{answer}' is wrong. {question}",
        "Correct this.\nQ: {question}\nA: {answer}\nGive the right answer.",
        "What is the right answer, if {answer} is wrong? {question}",
    ];

    // What was written opens no chat turn and quotes no placeholder.
    private static readonly JudgedText s_judged = new("");

    /// <summary>The wordings of a form, eight at least.</summary>
    public static IReadOnlyList<string> Of(ItemForm form) => form switch
    {
        ItemForm.YesNo => s_yesNo,
        ItemForm.Letters => s_letters,
        ItemForm.Pairwise => s_pairwise,
        ItemForm.WrongSolution => s_wrongSolution,
        _ => s_wrongAnswer,
    };

    /// <summary>The words of an item.</summary>
    /// <param name="item">What is asked.</param>
    /// <param name="question">About which question.</param>
    internal static string Fill(CoEvolutionItem item, Example question) =>
        new RubricTemplate(Of(item.Form)[item.Wording]).Fill(name => name switch
        {
            "question" => JudgePrompts.Question(question),
            "option_a" => item.Options[0],
            "option_b" => item.Options[1],
            "answer_b" => s_judged.Shown(item.Shown[1]),
            _ => s_judged.Shown(item.Shown[0]),
        });
}
